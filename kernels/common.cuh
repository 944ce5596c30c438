// What every kernel shares: the element type, loads and stores, activations, reductions.
//
// MODA_HALF chooses how tensors are stored: 1 for binary16, 0 for binary32. Arithmetic is binary32 either way.
// No header of the CUDA toolkit is needed, so that NVRTC can compile this wherever it is installed.
#pragma once

typedef unsigned char byte;
typedef unsigned short half_bits;
typedef long long index_t;

#if MODA_HALF
typedef half_bits element;
#else
typedef float element;
#endif

enum activation_kind { NONE = 0, RELU = 1, LEAKY_RELU = 2, GELU = 3, GELU_TANH = 4, SILU = 5, SIGMOID = 6 };

__device__ __forceinline__ float half_to_float(half_bits value)
{
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value));
    return result;
}

__device__ __forceinline__ half_bits float_to_half(float value)
{
    half_bits result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value));
    return result;
}

__device__ __forceinline__ float load(const element* pointer)
{
#if MODA_HALF
    return half_to_float(*pointer);
#else
    return *pointer;
#endif
}

__device__ __forceinline__ void store(element* pointer, float value)
{
#if MODA_HALF
    *pointer = float_to_half(value);
#else
    *pointer = value;
#endif
}

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// Not inlined: in the unrolled epilogue of a matrix kernel it would take most of the compiler's time.
static __device__ __noinline__ float activate_smoothly(float x, int kind)
{
    switch (kind)
    {
        case GELU: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
        case GELU_TANH: return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
        case SILU: return x * sigmoid(x);
        default: return sigmoid(x);
    }
}

__device__ __forceinline__ float activate(float x, int kind, float slope)
{
    switch (kind)
    {
        case NONE: return x;
        case RELU: return fmaxf(x, 0.0f);
        case LEAKY_RELU: return x >= 0.0f ? x : slope * x;
        default: return activate_smoothly(x, kind);
    }
}

__device__ __forceinline__ float warp_sum(float value)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
    {
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    }

    return value;
}

__device__ __forceinline__ float warp_max(float value)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
    {
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    }

    return value;
}

// Count, mean and sum of squared deviations from it.
struct moments
{
    float count;
    float mean;
    float squares;
};

// The row and channel of a flat index into a matrix of positions x channels.
struct position
{
    index_t row;
    int channel;
};

__device__ __forceinline__ position locate(index_t flat, int channels)
{
    // Nearly every tensor is small enough for a division of 32 bits, which takes a quarter of the time.
    position result;
    result.row = flat >> 32 == 0 ? (index_t)((unsigned)flat / (unsigned)channels) : flat / channels;
    result.channel = (int)(flat - result.row * channels);
    return result;
}

// A place of a volume [N, D, H, W].
struct voxel
{
    index_t n;
    int z, y, x;
};

__device__ __forceinline__ voxel locate_voxel(index_t row, int depth, int height, int width)
{
    position line = locate(row, width), plane = locate(line.row, height), whole = locate(plane.row, depth);
    return { whole.row, whole.channel, plane.channel, line.channel };
}

// The row of a place of a plane in [planes, H, W].
__device__ __forceinline__ index_t row_of(index_t plane, int y, int x, int height, int width) { return (plane * height + y) * width + x; }

#define FOR_EACH_ELEMENT(flat, count) \
    for (index_t flat = (index_t)blockIdx.x * blockDim.x + threadIdx.x; flat < (count); flat += (index_t)gridDim.x * blockDim.x)
