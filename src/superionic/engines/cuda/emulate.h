// CUDA on a CPU, for tests: every thread of a block is a fiber, run one after the other; barriers, shuffles and ballots
// hand over. Shared memory starts as NaN, and the fibers run in ascending, descending or shuffled order, so that a
// missing barrier shows. What it cannot find are races that need true concurrency.
#pragma once
#include <setjmp.h>
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __restrict__
#define __launch_bounds__(...)

struct float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

namespace emulate {

constexpr std::size_t stack_bytes = 64 * 1024;

struct Barrier {
    int arrived = 0;
    unsigned generation = 0;
};
struct Fiber {
    ucontext_t context;
    jmp_buf place;
    bool started = false, done = true;
    std::unique_ptr<char[]> stack;
};
struct Warp {
    Barrier barrier;
    std::uint64_t slot[32];
};
struct State {
    ucontext_t home;
    jmp_buf home_place;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<char> shared;
    std::function<void()> body;
    Barrier block_barrier;
    int current = 0, threads = 0, block = 0, grid = 0;
};
inline State& state() {
    static thread_local State s;
    return s;
}

inline void hand_over() {
    State& s = state();
    if (!_setjmp(s.fibers[s.current].place)) _longjmp(s.home_place, 1);
}
inline void wait(Barrier& barrier, int expected) {
    const unsigned mine = barrier.generation;
    if (++barrier.arrived == expected) {
        barrier.arrived = 0;
        ++barrier.generation;
        return;
    }
    while (barrier.generation == mine) hand_over();
}
inline void entry() {
    State& s = state();
    s.body();
    s.fibers[s.current].done = true;
    _longjmp(s.home_place, 1);
}

// The order of the fibers: 0 ascending, 1 descending, else shuffled by that seed.
inline std::vector<int> turns(int threads, int order) {
    std::vector<int> turn(threads);
    for (int i = 0; i < threads; ++i) turn[i] = order == 1 ? threads - 1 - i : i;
    if (order > 1) {
        std::srand(order);
        for (int i = threads - 1; i > 0; --i) std::swap(turn[i], turn[std::rand() % (i + 1)]);
    }
    return turn;
}

inline void prepare(Fiber& fiber) {
    if (!fiber.stack) fiber.stack.reset(new char[stack_bytes]);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_bytes;
    fiber.context.uc_link = nullptr;
    fiber.done = fiber.started = false;
    makecontext(&fiber.context, entry, 0);
}

inline void go_on(State& s, Fiber& fiber) {
    if (_setjmp(s.home_place)) return;
    if (fiber.started) _longjmp(fiber.place, 1);
    fiber.started = true;
    swapcontext(&s.home, &fiber.context);
}

inline void launch(int grid, int threads, std::size_t shared, int order, std::function<void()> body) {
    State& s = state();
    s.body = std::move(body);
    s.threads = threads;
    s.grid = grid;
    if (static_cast<int>(s.fibers.size()) < threads) s.fibers.resize(threads);
    const std::vector<int> turn = turns(threads, order);
    for (int block = 0; block < grid; ++block) {
        s.block = block;
        s.shared.assign(shared + 16, static_cast<char>(0xFF));  // NaN
        s.warps.assign((threads + 31) / 32, Warp{});
        s.block_barrier = Barrier{};
        for (int t = 0; t < threads; ++t) prepare(s.fibers[t]);
        for (int left = threads; left;)
            for (const int t : turn) {
                if (s.fibers[t].done) continue;
                s.current = t;
                go_on(s, s.fibers[t]);
                left -= s.fibers[s.current].done;
            }
    }
}

inline Warp& warp() {
    State& s = state();
    return s.warps[s.current / 32];
}
template <class T>
T exchange(T value, int from) {
    Warp& w = warp();
    std::memcpy(&w.slot[state().current % 32], &value, sizeof(T));
    wait(w.barrier, 32);
    T result;
    std::memcpy(&result, &w.slot[from & 31], sizeof(T));
    wait(w.barrier, 32);
    return result;
}

template <int State::*member>
struct Coordinate {
    struct {
        operator int() const { return state().*member; }
    } x;
};
inline char* dynamic_shared() {
    const auto address = reinterpret_cast<std::uintptr_t>(state().shared.data());
    return reinterpret_cast<char*>((address + 15) & ~std::uintptr_t(15));
}

}  // namespace emulate

static const emulate::Coordinate<&emulate::State::current> threadIdx;
static const emulate::Coordinate<&emulate::State::block> blockIdx;
static const emulate::Coordinate<&emulate::State::threads> blockDim;

inline void __syncwarp(unsigned = ~0u) { emulate::wait(emulate::warp().barrier, 32); }
inline void __syncthreads() { emulate::wait(emulate::state().block_barrier, emulate::state().threads); }
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
    return emulate::exchange(value, (emulate::state().current % 32) ^ mask);
}
inline unsigned __ballot_sync(unsigned, bool vote) {
    emulate::Warp& w = emulate::warp();
    w.slot[emulate::state().current % 32] = vote;
    emulate::wait(w.barrier, 32);
    unsigned bits = 0;
    for (int i = 0; i < 32; ++i) bits |= (w.slot[i] ? 1u : 0u) << i;
    emulate::wait(w.barrier, 32);
    return bits;
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int atomicAdd(int* to, int value) { return std::exchange(*to, *to + value); }
inline int atomicMax(int* to, int value) { return std::exchange(*to, *to > value ? *to : value); }
inline float sinpif(float x) { return static_cast<float>(std::sin(3.14159265358979323846 * x)); }
inline float cospif(float x) { return static_cast<float>(std::cos(3.14159265358979323846 * x)); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
using std::fabs;
using std::floor;
using std::sqrt;
