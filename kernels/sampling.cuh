// Trilinear sampling of volumes with zeros outside, align_corners = false.
#pragma once
#include "lanes.cuh"

// A coordinate in [-1, 1] of align_corners = false sampling, in voxels.
__device__ __forceinline__ float to_voxel(float coordinate, int extent) { return ((coordinate + 1.0f) * extent - 1.0f) * 0.5f; }

// Rows of coordinates: binary32 or, where `single` is 0, as activations are stored. Among 64 voxels binary16 is off by 1/100 of one.
struct coordinates
{
    const void* data;
    int stride;
    int single;
};

__device__ __forceinline__ float coordinate(const coordinates& c, index_t row, int axis)
{
    index_t place = row * c.stride + axis;
    return c.single ? ((const float*)c.data)[place] : load((const element*)c.data + place);
}

struct axis_sample
{
    int low;
    float low_weight, high_weight;
};

// Weights are zero where the neighbour lies outside.
__device__ __forceinline__ axis_sample sample_axis(float coordinate, int extent)
{
    float voxel = to_voxel(coordinate, extent);
    voxel = fminf(fmaxf(voxel, -2.0f), extent + 1.0f);
    float low = floorf(voxel);
    axis_sample result;
    result.low = (int)low;
    float fraction = voxel - low;
    result.low_weight = result.low >= 0 && result.low < extent ? 1.0f - fraction : 0.0f;
    result.high_weight = result.low + 1 >= 0 && result.low + 1 < extent ? fraction : 0.0f;
    return result;
}

// The neighbours of a place along x, y and z, from which its value is interpolated.
struct point_sample
{
    axis_sample x, y, z;
};

// A batch element of [N, D, H, W, C].
struct volume
{
    const element* data;
    int stride;
    int depth, height, width;
};

__device__ __forceinline__ volume volume_of(const element* input, int stride, index_t n, int depth, int height, int width)
{
    return { input + n * depth * height * width * stride, stride, depth, height, width };
}

__device__ __forceinline__ point_sample sample_point(const volume& v, float x, float y, float z)
{
    return { sample_axis(x, v.width), sample_axis(y, v.height), sample_axis(z, v.depth) };
}

// Channels channel .. channel + LANES of a place, from its eight corners.
template <int LANES>
__device__ __forceinline__ lanes<LANES> sample(const volume& v, const point_sample& at, int channel)
{
    lanes<LANES> sum = {};
#pragma unroll
    for (int corner = 0; corner < 8; corner++)
    {
        float weight = (corner & 1 ? at.x.high_weight : at.x.low_weight)
            * (corner & 2 ? at.y.high_weight : at.y.low_weight)
            * (corner & 4 ? at.z.high_weight : at.z.low_weight);
        if (weight != 0.0f)
        {
            int x = at.x.low + (corner & 1), y = at.y.low + (corner >> 1 & 1), z = at.z.low + (corner >> 2);
            lanes<LANES> value = load_lanes<LANES>(v.data + (((index_t)z * v.height + y) * v.width + x) * v.stride + channel);
#pragma unroll
            for (int i = 0; i < LANES; i++)
            {
                sum.value[i] += weight * value.value[i];
            }
        }
    }

    return sum;
}
