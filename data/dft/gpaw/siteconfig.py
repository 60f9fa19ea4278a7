# How GPAW is built for the labels: serial, with the system's libxc, OpenBLAS and FFTW.
compiler = "g++"
mpi = False
scalapack = False
fftw = True
libraries = ["xc", "openblas", "fftw3"]
extra_compile_args = ["-O3", "-march=native", "-fopenmp-simd"]
