// How the weights of convolution_mma.cu and convolution_wgmma.cuh lie, on which packing.cu and they agree.
#pragma once

// Input channels of a tile of weights: what a step of the sum takes.
#define TILE_DEPTH 32

// The place of a chunk of 16 bytes in a tile of rows of so many chunks, a multiple of 4: eight rows at one chunk lie in eight different
// groups of four banks of shared memory, so that ldmatrix meets no conflict.
__device__ __forceinline__ int place_chunk(int chunks, int row, int chunk)
{
    return row * chunks + (chunks % 8 == 0 ? chunk ^ (row & 7) : chunk ^ (row >> 1 & 3));
}

// The column of an output channel: of each 16, channel 4 q + 2 n + i lies at 8 n + 2 q + i, so that each lane of mma.sync has four
// neighbours.
__device__ __forceinline__ int place_output(int channel)
{
    return (channel & ~15) + (channel >> 1 & 1) * 8 + (channel >> 2 & 3) * 2 + (channel & 1);
}

// The row of an output channel in a tile of convolution_wgmma.cuh: of each 32, channel 8 q + 2 n + i lies at 8 n + 2 q + i, so that each
// lane of wgmma has eight neighbours.
__device__ __forceinline__ int place_row(int channel)
{
    return (channel & ~31) + (channel >> 1 & 3) * 8 + (channel >> 3 & 3) * 2 + (channel & 1);
}
