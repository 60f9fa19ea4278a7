// The kernels compiled for a CPU, behind a C interface for ctypes: see emulate.h.
#include "kernels.cuh"

namespace {

struct Kernel {
    const char* name;
    void (*body)(const World*);
};
const Kernel kernels[] = {{"kick", kick},   {"move_cell", move_cell}, {"start_images", start_images},
                          {"drift", drift}, {"fold", fold},           {"scan", scan},
                          {"fill", fill},   {"order", order},         {"neighbours", neighbours},
                          {"mirror", mirror}, {"site", site},         {"gather", gather},
                          {"close_step", close_step}};

}  // namespace

// 0, or 1 for a name that is no kernel's. `turn` is the order of the threads: see emulate::turns.
extern "C" int superionic_launch(const char* name, int grid, int threads, long long shared, const World* world,
                                 int turn) {
    for (const Kernel& kernel : kernels)
        if (std::strcmp(kernel.name, name) == 0) {
            emulate::launch(grid, threads, static_cast<std::size_t>(shared), turn, [&] { kernel.body(world); });
            return 0;
        }
    return 1;
}

extern "C" long long superionic_surroundings_bytes() { return sizeof(Surroundings); }
