// What differs between a GPU and the emulation on a CPU.
#pragma once
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define DEVICE __device__ __forceinline__
#define DYNAMIC_SHARED() ([]() -> char* { extern __shared__ __align__(16) char bytes[]; return bytes; }())
typedef unsigned int u32;
typedef unsigned short u16;
typedef long long i64;
#else
#include "emulate.h"
#define DEVICE inline
#define DYNAMIC_SHARED() emulate::dynamic_shared()
typedef std::uint32_t u32;
typedef std::uint16_t u16;
typedef long long i64;
#endif

struct alignas(32) Double4 {
    double x, y, z, w;
};
