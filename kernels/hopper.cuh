// What kernels for compute capability 9.0 share: barriers that count bytes, the copy engine, products of a warpgroup (wgmma).
#pragma once
#include "common.cuh"

// CUtensorMap.
struct __align__(64) tensor_map
{
    unsigned long long words[16];
};

__device__ __forceinline__ void initialize_barrier(unsigned barrier, int arrivals)
{
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals));
}

__device__ __forceinline__ void arrive(unsigned barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }

// Arrives, and makes the barrier wait for so many bytes of copies too.
__device__ __forceinline__ void arrive_expecting(unsigned barrier, int bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

__device__ __forceinline__ void wait_for(unsigned barrier, unsigned parity)
{
    unsigned done;
    do
    {
        asm volatile(
            "{\n.reg .pred p;\n"
            "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
            "selp.u32 %0, 1, 0, p;\n}" : "=r"(done) : "r"(barrier), "r"(parity) : "memory");
    } while (!done);
}

// Copies a box of a tensor to shared memory; zeros where it lies outside.
__device__ __forceinline__ void copy_box(unsigned destination, const tensor_map* map, unsigned barrier, int c, int x, int y, int z, int n)
{
    asm volatile(
        "cp.async.bulk.tensor.5d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5, %6, %7}], [%2];"
        ::"r"(destination), "l"(map), "r"(barrier), "r"(c), "r"(x), "r"(y), "r"(z), "r"(n) : "memory");
}

// Copies neighbouring bytes to shared memory; addresses and count are multiples of 16.
__device__ __forceinline__ void copy_bytes(unsigned destination, const void* source, int bytes, unsigned barrier)
{
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
        ::"r"(destination), "l"(source), "r"(bytes), "r"(barrier) : "memory");
}

// Rows of 128 bytes whose 16-byte pieces are swizzled: groups of 8 rows lie 1,024 bytes apart.
__device__ __forceinline__ unsigned long long describe_rows(unsigned address)
{
    return (unsigned long long)(address >> 4 & 0x3fff) | 1ull << 16 | 64ull << 32 | 1ull << 62;
}

__device__ __forceinline__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

__device__ __forceinline__ void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

template <int PENDING>
__device__ __forceinline__ void wait_products() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory"); }

// d += a b^T: 64 rows of a, N rows of b, 16 deep; binary16 operands in shared memory, binary32 sums.
template <int N>
__device__ __forceinline__ void multiply_rows(float (&d)[N / 2], unsigned long long a, unsigned long long b);

#define SUMS_8(d, i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])
#define SUMS_32(d, i) SUMS_8(d, i), SUMS_8(d, i + 8), SUMS_8(d, i + 16), SUMS_8(d, i + 24)
#define NAMES_0 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define NAMES_16 ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define NAMES_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define NAMES_48 ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define NAMES_64 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"

template <>
__device__ __forceinline__ void multiply_rows<32>(float (&d)[16], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16 {" NAMES_0 "}, %16, %17, 1, 1, 1, 0, 0;"
        : SUMS_8(d, 0), SUMS_8(d, 8) : "l"(a), "l"(b));
}

template <>
__device__ __forceinline__ void multiply_rows<64>(float (&d)[32], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {" NAMES_0 NAMES_16 "}, %32, %33, 1, 1, 1, 0, 0;"
        : SUMS_32(d, 0) : "l"(a), "l"(b));
}

template <>
__device__ __forceinline__ void multiply_rows<128>(float (&d)[64], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" NAMES_0 NAMES_16 NAMES_32 NAMES_48 "}, %64, %65, 1, 1, 1, 0, 0;"
        : SUMS_32(d, 0), SUMS_32(d, 32) : "l"(a), "l"(b));
}

template <>
__device__ __forceinline__ void multiply_rows<160>(float (&d)[80], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n160k16.f32.f16.f16 {" NAMES_0 NAMES_16 NAMES_32 NAMES_48 NAMES_64 "}, %80, %81, 1, 1, 1, 0, 0;"
        : SUMS_32(d, 0), SUMS_32(d, 32), SUMS_8(d, 64), SUMS_8(d, 72) : "l"(a), "l"(b));
}

// Sets the number of registers that each thread of a warpgroup may use.
template <int COUNT>
__device__ __forceinline__ void take_registers() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT)); }

template <int COUNT>
__device__ __forceinline__ void release_registers() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT)); }
