// 16 bytes of neighbouring channels at a time.
#pragma once
#include "common.cuh"

// Elements of 16 bytes. A kernel reads that many at once where channels, strides and addresses allow, else one.
#if MODA_HALF
#define WIDE 8
#else
#define WIDE 4
#endif

// The bits that a thread loads or stores by one instruction.
template <int BYTES>
struct __align__(BYTES) lane_bits
{
    unsigned words[BYTES / 4];
};

template <int LANES>
struct lanes
{
    float value[LANES];
};

template <int LANES>
__device__ __forceinline__ lanes<LANES> load_lanes(const element* pointer)
{
    lanes<LANES> result;
    if constexpr (LANES == 1)
    {
        result.value[0] = load(pointer);
    }
    else
    {
        lane_bits<LANES * sizeof(element)> bits = *(const lane_bits<LANES * sizeof(element)>*)pointer;
        const element* parts = (const element*)&bits;
#pragma unroll
        for (int i = 0; i < LANES; i++)
        {
            result.value[i] = load(parts + i);
        }
    }

    return result;
}

template <int LANES>
__device__ __forceinline__ void store_lanes(element* pointer, const lanes<LANES>& source)
{
    if constexpr (LANES == 1)
    {
        store(pointer, source.value[0]);
    }
    else
    {
        lane_bits<LANES * sizeof(element)> bits;
        element* parts = (element*)&bits;
#pragma unroll
        for (int i = 0; i < LANES; i++)
        {
            store(parts + i, source.value[i]);
        }

        *(lane_bits<LANES * sizeof(element)>*)pointer = bits;
    }
}

// The row and the group of lanes of a flat index into positions x groups.
__device__ __forceinline__ position locate_group(index_t flat, int channels, int lanes_each)
{
    position result = locate(flat, channels / lanes_each);
    result.channel *= lanes_each;
    return result;
}
