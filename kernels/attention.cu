// Multi-head attention: softmax(scale q k^T + bias) v for tokens [T, B, heads D], without ever writing the scores.
// The softmax is updated block of keys by block of keys (Milakov and Gimelshein 2018; FlashAttention), in binary32.
#include "common.cuh"

#define QUERIES 64
#define KEYS 32
#define THREADS 256

// D = 64: a block does 64 queries of one head and batch element; 16 x 16 threads.
// Scores: each thread 4 queries x 2 keys. Output: each thread 4 queries x 4 channels.
extern "C" __global__ void __launch_bounds__(THREADS) attention_64(
    const element* query, int query_stride, const element* key, int key_stride, const element* value, int value_stride,
    const element* key_bias, float scale, int query_count, int key_count, int batch, element* output, int output_stride)
{
    const int D = 64;
    __shared__ float q[QUERIES][D + 1];
    __shared__ float k[KEYS][D + 1];
    __shared__ float v[KEYS][D];
    __shared__ float p[QUERIES][KEYS + 1];
    int head_offset = blockIdx.y * D;
    int b = blockIdx.z;
    int first_query = blockIdx.x * QUERIES;
    int tx = threadIdx.x % 16, ty = threadIdx.x / 16;

    for (int i = threadIdx.x; i < QUERIES * D; i += THREADS)
    {
        int row = first_query + i / D;
        q[i / D][i % D] = row < query_count ? load(query + ((index_t)row * batch + b) * query_stride + head_offset + i % D) * scale : 0.0f;
    }

    float largest[4], total[4], sum[4][4];
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        largest[i] = -1e30f;
        total[i] = 0.0f;
#pragma unroll
        for (int j = 0; j < 4; j++)
        {
            sum[i][j] = 0.0f;
        }
    }

    for (int first_key = 0; first_key < key_count; first_key += KEYS)
    {
        __syncthreads();
        for (int i = threadIdx.x; i < KEYS * D; i += THREADS)
        {
            int row = first_key + i / D;
            index_t place = (index_t)row * batch + b;
            k[i / D][i % D] = row < key_count ? load(key + place * key_stride + head_offset + i % D) : 0.0f;
            v[i / D][i % D] = row < key_count ? load(value + place * value_stride + head_offset + i % D) : 0.0f;
        }

        __syncthreads();
        float score[4][2] = {};
#pragma unroll 8
        for (int c = 0; c < D; c++)
        {
            float k0 = k[tx][c], k1 = k[tx + 16][c];
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                float qi = q[ty * 4 + i][c];
                score[i][0] = fmaf(qi, k0, score[i][0]);
                score[i][1] = fmaf(qi, k1, score[i][1]);
            }
        }

#pragma unroll
        for (int j = 0; j < 2; j++)
        {
            int column = first_key + tx + 16 * j;
            float bias = column >= key_count ? -__int_as_float(0x7f800000) : key_bias ? load(key_bias + column) : 0.0f;
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                score[i][j] += bias;
            }
        }

        // The 16 threads of a row lie in one half of a warp.
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            float block_largest = fmaxf(score[i][0], score[i][1]);
#pragma unroll
            for (int offset = 8; offset > 0; offset /= 2)
            {
                block_largest = fmaxf(block_largest, __shfl_xor_sync(0xffffffffu, block_largest, offset));
            }

            float now = fmaxf(largest[i], block_largest);
            float correction = expf(largest[i] - now);
            largest[i] = now;
            float p0 = expf(score[i][0] - now), p1 = expf(score[i][1] - now);
            float block_total = p0 + p1;
#pragma unroll
            for (int offset = 8; offset > 0; offset /= 2)
            {
                block_total += __shfl_xor_sync(0xffffffffu, block_total, offset);
            }

            total[i] = total[i] * correction + block_total;
            p[ty * 4 + i][tx] = p0;
            p[ty * 4 + i][tx + 16] = p1;
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                sum[i][j] *= correction;
            }
        }

        __syncthreads();
#pragma unroll 4
        for (int row = 0; row < KEYS; row++)
        {
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                float vj = v[row][tx + 16 * j];
#pragma unroll
                for (int i = 0; i < 4; i++)
                {
                    sum[i][j] = fmaf(p[ty * 4 + i][row], vj, sum[i][j]);
                }
            }
        }
    }

#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        int row = first_query + ty * 4 + i;
        if (row < query_count)
        {
            element* y = output + ((index_t)row * batch + b) * output_stride + head_offset;
            float reciprocal = 1.0f / total[i];
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                store(y + tx + 16 * j, sum[i][j] * reciprocal);
            }
        }
    }
}

// Any D up to 256: one warp for each query of a head and batch element; a lane holds every 32nd channel.
extern "C" __global__ void attention_any(
    const element* query, int query_stride, const element* key, int key_stride, const element* value, int value_stride,
    const element* key_bias, float scale, int query_count, int key_count, int batch, int heads, int head_dimension,
    element* output, int output_stride)
{
    const int SLICES = 8;
    index_t item = (index_t)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (item >= (index_t)query_count * batch * heads)
    {
        return;
    }

    int lane = threadIdx.x % 32;
    int head = (int)(item % heads);
    index_t row = item / heads;
    int b = (int)(row % batch);
    const element* q = query + row * query_stride + head * head_dimension;
    float own[SLICES], sum[SLICES];
#pragma unroll
    for (int s = 0; s < SLICES; s++)
    {
        int c = lane + 32 * s;
        own[s] = c < head_dimension ? load(q + c) * scale : 0.0f;
        sum[s] = 0.0f;
    }

    float largest = -1e30f, total = 0.0f;
    for (int t = 0; t < key_count; t++)
    {
        index_t place = (index_t)t * batch + b;
        const element* k = key + place * key_stride + head * head_dimension;
        float partial = 0.0f;
#pragma unroll
        for (int s = 0; s < SLICES; s++)
        {
            int c = lane + 32 * s;
            partial += c < head_dimension ? own[s] * load(k + c) : 0.0f;
        }

        float score = warp_sum(partial) + (key_bias ? load(key_bias + t) : 0.0f);
        float now = fmaxf(largest, score);
        float correction = expf(largest - now), weight = expf(score - now);
        largest = now;
        total = total * correction + weight;
        const element* v = value + place * value_stride + head * head_dimension;
#pragma unroll
        for (int s = 0; s < SLICES; s++)
        {
            int c = lane + 32 * s;
            sum[s] = sum[s] * correction + (c < head_dimension ? weight * load(v + c) : 0.0f);
        }
    }

    element* y = output + row * output_stride + head * head_dimension;
#pragma unroll
    for (int s = 0; s < SLICES; s++)
    {
        int c = lane + 32 * s;
        if (c < head_dimension)
        {
            store(y + c, sum[s] / total);
        }
    }
}
