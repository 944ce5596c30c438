// SPADE: the statistics of its instance norm, and the modulation.
#include "lanes.cuh"

#define STATISTICS_THREADS 256

// Sums of a channel over a range of positions, relative to the range's first value. This avoids cancellation without a division for each
// value.
template <int LANES>
__device__ __forceinline__ void sum_range(
    const element* input, int input_stride, int channels, int positions, int positions_per_range, moments* partial)
{
    __shared__ float sums[STATISTICS_THREADS * LANES];
    __shared__ float squares[STATISTICS_THREADS * LANES];

    // A block holds up to 32 groups of channels and as many rows of threads as there is room for.
    int groups = channels / LANES;
    int columns = min(groups - (int)blockIdx.x * 32, 32);
    int rows = STATISTICS_THREADS / columns;
    int column = threadIdx.x % columns, row = threadIdx.x / columns;
    int begin = blockIdx.y * positions_per_range;
    int end = min(begin + positions_per_range, positions);
    const element* base = input + (index_t)blockIdx.z * positions * input_stride + (blockIdx.x * 32 + column) * LANES;
    lanes<LANES> origin = load_lanes<LANES>(base + (index_t)begin * input_stride);
    lanes<LANES> sum = {}, square = {};
    if (row < rows)
    {
        for (int place = begin + row; place < end; place += rows)
        {
            lanes<LANES> x = load_lanes<LANES>(base + (index_t)place * input_stride);
#pragma unroll
            for (int i = 0; i < LANES; i++)
            {
                float delta = x.value[i] - origin.value[i];
                sum.value[i] += delta;
                square.value[i] += delta * delta;
            }
        }
    }

#pragma unroll
    for (int i = 0; i < LANES; i++)
    {
        sums[threadIdx.x * LANES + i] = sum.value[i];
        squares[threadIdx.x * LANES + i] = square.value[i];
    }

    __syncthreads();
    int width = columns * LANES;
    for (int channel = threadIdx.x; channel < width; channel += STATISTICS_THREADS)
    {
        float total = 0.0f, total_squares = 0.0f;
        for (int r = 0; r < rows; r++)
        {
            total += sums[r * width + channel];
            total_squares += squares[r * width + channel];
        }

        int own = blockIdx.x * 32 * LANES + channel;
        float count = end - begin;
        float first = load(input + ((index_t)blockIdx.z * positions + begin) * input_stride + own);
        moments result = { count, first + total / count, total_squares - total * total / count };
        partial[((index_t)blockIdx.z * gridDim.y + blockIdx.y) * channels + own] = result;
    }
}

// Moments of each channel over ranges of positions. Grid: x 32 groups of lanes, y ranges, z batch. partial: [N, ranges, C].
extern "C" __global__ void __launch_bounds__(STATISTICS_THREADS) partial_moments(
    const element* input, int input_stride, int channels, int positions, int positions_per_range, moments* partial)
{
    sum_range<1>(input, input_stride, channels, positions, positions_per_range, partial);
}

extern "C" __global__ void __launch_bounds__(STATISTICS_THREADS) partial_moments_wide(
    const element* input, int input_stride, int channels, int positions, int positions_per_range, moments* partial)
{
    sum_range<WIDE>(input, input_stride, channels, positions, positions_per_range, partial);
}

// Combines partial moments: [N, 2, C] means and reciprocal deviations. Block: 32 channels x 8 rows; grid: x channels, y batch.
extern "C" __global__ void combine_moments(
    const moments* partial, int ranges, int channels, float epsilon, element* statistics, int statistics_stride)
{
    __shared__ float shared[3][8][32];
    int channel = blockIdx.x * 32 + threadIdx.x;
    const moments* own = partial + (index_t)blockIdx.y * ranges * channels + min(channel, channels - 1);

    // Relative to the first range's mean, as within a range.
    float origin = own->mean;
    float count = 0.0f, sum = 0.0f, squares = 0.0f;
    for (int range = threadIdx.y; range < ranges; range += 8)
    {
        moments part = own[(index_t)range * channels];
        float delta = part.mean - origin;
        count += part.count;
        sum += part.count * delta;
        squares += part.squares + part.count * delta * delta;
    }

    shared[0][threadIdx.y][threadIdx.x] = count;
    shared[1][threadIdx.y][threadIdx.x] = sum;
    shared[2][threadIdx.y][threadIdx.x] = squares;
    __syncthreads();
    if (threadIdx.y == 0 && channel < channels)
    {
        for (int row = 1; row < 8; row++)
        {
            count += shared[0][row][threadIdx.x];
            sum += shared[1][row][threadIdx.x];
            squares += shared[2][row][threadIdx.x];
        }

        float shift = sum / count;
        float variance = fmaxf((squares - sum * shift) / count, 0.0f);
        element* result = statistics + (index_t)blockIdx.y * 2 * statistics_stride + channel;
        store(result, origin + shift);
        store(result + statistics_stride, rsqrtf(variance + epsilon));
    }
}

// activation((x - mean) rdev (1 + gamma) + beta); x is read as if upsampled (nearest) to the map's extents.
// A position of the modulation holds all gammas, then all betas; or gammas alone (has_beta 0).
template <int LANES>
__device__ __forceinline__ void modulate(
    const element* input, int input_stride, int factor, const element* statistics, int statistics_stride,
    const element* gamma_beta, int gamma_beta_stride, int has_beta, element* output, int output_stride,
    int height, int width, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate_group(flat, channels, LANES);
        int row = (int)at.row;
        int line = row / width;
        int x = row - line * width;
        int n = line / height;
        int y = line - n * height;
        index_t source = factor == 1 ? at.row : row_of(n, y / factor, x / factor, height / factor, width / factor);
        const element* own_statistics = statistics + (index_t)n * 2 * statistics_stride + at.channel;
        const element* modulation = gamma_beta + at.row * gamma_beta_stride + at.channel;
        lanes<LANES> value = load_lanes<LANES>(input + source * input_stride + at.channel);
        lanes<LANES> gamma = load_lanes<LANES>(modulation);
        lanes<LANES> beta = {};
        if (has_beta)
        {
            beta = load_lanes<LANES>(modulation + channels);
        }

        lanes<LANES> mean = load_lanes<LANES>(own_statistics);
        lanes<LANES> reciprocal = load_lanes<LANES>(own_statistics + statistics_stride);
#pragma unroll
        for (int i = 0; i < LANES; i++)
        {
            float normalized = (value.value[i] - mean.value[i]) * reciprocal.value[i];
            value.value[i] = activate(normalized * (1.0f + gamma.value[i]) + beta.value[i], activation, slope);
        }

        store_lanes<LANES>(output + at.row * output_stride + at.channel, value);
    }
}

#define SPADE_MODULATE(name, lanes_each)                                                                                        \
    extern "C" __global__ void name(                                                                                           \
        const element* input, int input_stride, int factor, const element* statistics, int statistics_stride,                  \
        const element* gamma_beta, int gamma_beta_stride, int has_beta, element* output, int output_stride,                    \
        int height, int width, int channels, index_t count, int activation, float slope)                                       \
    {                                                                                                                          \
        modulate<lanes_each>(input, input_stride, factor, statistics, statistics_stride, gamma_beta, gamma_beta_stride,         \
            has_beta, output, output_stride, height, width, channels, count, activation, slope);                               \
    }

SPADE_MODULATE(spade_modulate, 1)
SPADE_MODULATE(spade_modulate_wide, WIDE)
