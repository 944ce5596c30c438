// How the weights of convolution_mma.cu and convolution_wgmma.cuh lie in memory. packing.cu writes them in this order.
#pragma once

// Input channels of a tile of weights: what a step of the sum takes.
#define TILE_DEPTH 32

// The place of a chunk of 16 bytes in a tile whose rows have `chunks` chunks, a multiple of 4. The same chunk of eight rows lies in eight
// different groups of four banks of shared memory, so that ldmatrix has no bank conflict.
__device__ __forceinline__ int place_chunk(int chunks, int row, int chunk)
{
    return row * chunks + (chunks % 8 == 0 ? chunk ^ (row & 7) : chunk ^ (row >> 1 & 3));
}

// The column of an output channel. In each 16 channels, channel 4 q + 2 n + i lies at 8 n + 2 q + i. Each lane of mma.sync then holds four
// neighbouring channels.
__device__ __forceinline__ int place_output(int channel)
{
    return (channel & ~15) + (channel >> 1 & 1) * 8 + (channel >> 2 & 3) * 2 + (channel & 1);
}

// The row of an output channel in a tile of convolution_wgmma.cuh. In each 32 channels, channel 8 q + 2 n + i lies at 8 n + 2 q + i. Each
// lane of wgmma then holds eight neighbouring channels.
__device__ __forceinline__ int place_row(int channel)
{
    return (channel & ~31) + (channel >> 1 & 3) * 8 + (channel >> 3 & 3) * 2 + (channel & 1);
}
