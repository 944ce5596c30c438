// Response norms, pooling, resizing and rearranging of channels-last maps.
#include "lanes.cuh"

#define NORM_ROWS 32

// Root of the sum of squares of each channel over all positions of one batch element: block (32 channels), 32 x 32 threads.
extern "C" __global__ void __launch_bounds__(32 * NORM_ROWS) channel_norms(
    const element* input, int input_stride, int channels, index_t positions, float* norms)
{
    __shared__ float shared[NORM_ROWS][32];
    int channel = blockIdx.x * 32 + threadIdx.x;
    float sum = 0.0f;
    if (channel < channels)
    {
        const element* base = input + (index_t)blockIdx.y * positions * input_stride + channel;
#pragma unroll 8
        for (index_t place = threadIdx.y; place < positions; place += NORM_ROWS)
        {
            float value = load(base + place * input_stride);
            sum += value * value;
        }
    }

    shared[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && channel < channels)
    {
        for (int row = 1; row < NORM_ROWS; row++)
        {
            sum += shared[row][threadIdx.x];
        }

        norms[(index_t)blockIdx.y * channels + channel] = sqrtf(sum);
    }
}

// Global response norm: gamma x n + beta + x, n = norm / (mean of norms + 1e-6). Grid: x elements of a batch element, y batch.
template <int LANES>
__device__ __forceinline__ void respond(
    const element* input, int input_stride, const float* norms, const element* gamma, const element* beta,
    element* output, int output_stride, int channels, index_t positions)
{
    __shared__ float shared[32];
    const float* own_norms = norms + (index_t)blockIdx.y * channels;
    float sum = 0.0f;
    for (int c = threadIdx.x; c < channels; c += blockDim.x)
    {
        sum += own_norms[c];
    }

    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0)
    {
        shared[threadIdx.x / 32] = sum;
    }

    __syncthreads();
    float total = 0.0f;
    for (int warp = 0; warp < blockDim.x / 32; warp++)
    {
        total += shared[warp];
    }

    float reciprocal = 1.0f / (total / channels + 1e-6f);
    index_t first_row = (index_t)blockIdx.y * positions;
    FOR_EACH_ELEMENT(flat, positions * (channels / LANES))
    {
        position at = locate_group(flat, channels, LANES);
        lanes<LANES> x = load_lanes<LANES>(input + (first_row + at.row) * input_stride + at.channel);
        lanes<LANES> weight = load_lanes<LANES>(gamma + at.channel);
        lanes<LANES> bias = load_lanes<LANES>(beta + at.channel);
#pragma unroll
        for (int i = 0; i < LANES; i++)
        {
            float n = own_norms[at.channel + i] * reciprocal;
            x.value[i] = weight.value[i] * (x.value[i] * n) + bias.value[i] + x.value[i];
        }

        store_lanes<LANES>(output + (first_row + at.row) * output_stride + at.channel, x);
    }
}

extern "C" __global__ void global_response_norm(
    const element* input, int input_stride, const float* norms, const element* gamma, const element* beta,
    element* output, int output_stride, int channels, index_t positions)
{
    respond<1>(input, input_stride, norms, gamma, beta, output, output_stride, channels, positions);
}

extern "C" __global__ void global_response_norm_wide(
    const element* input, int input_stride, const float* norms, const element* gamma, const element* beta,
    element* output, int output_stride, int channels, index_t positions)
{
    respond<WIDE>(input, input_stride, norms, gamma, beta, output, output_stride, channels, positions);
}

// Average over windows that don't overlap: [N, D, H, W, C], window wd x wh x ww.
template <int LANES>
__device__ __forceinline__ void average(
    const element* input, int input_stride, int depth, int height, int width, int window_depth, int window_height, int window_width,
    element* output, int output_stride, int channels, index_t count)
{
    float reciprocal = 1.0f / (window_depth * window_height * window_width);
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate_group(flat, channels, LANES);
        voxel to = locate_voxel(at.row, depth / window_depth, height / window_height, width / window_width);
        lanes<LANES> sum = {};
        for (int dz = 0; dz < window_depth; dz++)
        {
            for (int dy = 0; dy < window_height; dy++)
            {
                for (int dx = 0; dx < window_width; dx++)
                {
                    index_t plane = to.n * depth + to.z * window_depth + dz;
                    index_t source = (plane * height + to.y * window_height + dy) * width + to.x * window_width + dx;
                    lanes<LANES> value = load_lanes<LANES>(input + source * input_stride + at.channel);
#pragma unroll
                    for (int i = 0; i < LANES; i++)
                    {
                        sum.value[i] += value.value[i];
                    }
                }
            }
        }

#pragma unroll
        for (int i = 0; i < LANES; i++)
        {
            sum.value[i] *= reciprocal;
        }

        store_lanes<LANES>(output + at.row * output_stride + at.channel, sum);
    }
}

#define AVERAGE_POOL(name, lanes_each)                                                                                         \
    extern "C" __global__ void name(                                                                                           \
        const element* input, int input_stride, int depth, int height, int width,                                              \
        int window_depth, int window_height, int window_width, element* output, int output_stride, int channels, index_t count) \
    {                                                                                                                          \
        average<lanes_each>(                                                                                                   \
            input, input_stride, depth, height, width, window_depth, window_height, window_width,                              \
            output, output_stride, channels, count);                                                                           \
    }

AVERAGE_POOL(average_pool, 1)
AVERAGE_POOL(average_pool_wide, WIDE)

// Average over all positions: block (x: 32 channels, y: batch), 32 x 8 threads.
extern "C" __global__ void global_average_pool(
    const element* input, int input_stride, int channels, index_t positions, element* output, int output_stride)
{
    __shared__ float shared[8][32];
    int channel = blockIdx.x * 32 + threadIdx.x;
    float sum = 0.0f;
    if (channel < channels)
    {
        const element* base = input + (index_t)blockIdx.y * positions * input_stride + channel;
        for (index_t place = threadIdx.y; place < positions; place += 8)
        {
            sum += load(base + place * input_stride);
        }
    }

    shared[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && channel < channels)
    {
        for (int row = 1; row < 8; row++)
        {
            sum += shared[row][threadIdx.x];
        }

        store(output + (index_t)blockIdx.y * output_stride + channel, sum / positions);
    }
}

// Maximum over windows of [N, H, W, C]; outside the input counts as minus infinity.
extern "C" __global__ void max_pool(
    const element* input, int input_stride, int height, int width, int kernel, int stride, int padding,
    element* output, int output_stride, int output_height, int output_width, int channels, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        int x = (int)(at.row % output_width);
        index_t rest = at.row / output_width;
        int y = (int)(rest % output_height);
        index_t n = rest / output_height;
        float largest = -__int_as_float(0x7f800000);
        for (int dy = 0; dy < kernel; dy++)
        {
            int source_y = y * stride - padding + dy;
            for (int dx = 0; dx < kernel; dx++)
            {
                int source_x = x * stride - padding + dx;
                if (source_y >= 0 && source_y < height && source_x >= 0 && source_x < width)
                {
                    largest = fmaxf(largest, load(input + ((n * height + source_y) * width + source_x) * input_stride + at.channel));
                }
            }
        }

        store(output + at.row * output_stride + at.channel, largest);
    }
}

// Nearest resize of [planes, H, W, C]: output (y, x) reads (floor(y H / H'), floor(x W / W')).
extern "C" __global__ void resize_nearest(
    const element* input, int input_stride, int height, int width,
    element* output, int output_stride, int output_height, int output_width, int channels, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        int x = (int)(at.row % output_width);
        index_t rest = at.row / output_width;
        int y = (int)(rest % output_height);
        index_t plane = rest / output_height;
        int source_y = (int)((index_t)y * height / output_height);
        int source_x = (int)((index_t)x * width / output_width);
        output[at.row * output_stride + at.channel] = input[((plane * height + source_y) * width + source_x) * input_stride + at.channel];
    }
}

// Bilinear resize of [N, H, W, C] whose corner samples coincide.
extern "C" __global__ void resize_bilinear(
    const element* input, int input_stride, int height, int width,
    element* output, int output_stride, int output_height, int output_width, int channels, index_t count)
{
    float step_y = output_height > 1 ? (float)(height - 1) / (output_height - 1) : 0.0f;
    float step_x = output_width > 1 ? (float)(width - 1) / (output_width - 1) : 0.0f;
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        int x = (int)(at.row % output_width);
        index_t rest = at.row / output_width;
        int y = (int)(rest % output_height);
        index_t n = rest / output_height;
        float place_y = step_y * y, place_x = step_x * x;
        int y0 = min((int)place_y, height - 1), x0 = min((int)place_x, width - 1);
        int y1 = min(y0 + 1, height - 1), x1 = min(x0 + 1, width - 1);
        float fy = place_y - y0, fx = place_x - x0;
        const element* base = input + n * height * width * input_stride + at.channel;
        float top = load(base + ((index_t)y0 * width + x0) * input_stride) * (1.0f - fx) + load(base + ((index_t)y0 * width + x1) * input_stride) * fx;
        float bottom = load(base + ((index_t)y1 * width + x0) * input_stride) * (1.0f - fx) + load(base + ((index_t)y1 * width + x1) * input_stride) * fx;
        store(output + at.row * output_stride + at.channel, top * (1.0f - fy) + bottom * fy);
    }
}

// The sum of a convolution's products by tap: tap (i, j) of the kernel is channels (i width + j) C + c of the position it reads.
template <int LANES>
__device__ __forceinline__ void sum_products(
    const element* input, int input_stride, int kernel_height, int kernel_width, int height, int width,
    element* output, int output_stride, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate_group(flat, channels, LANES);
        voxel to = locate_voxel(at.row, 1, height, width);
        int left = to.x - kernel_width / 2;
        int top = to.y - kernel_height / 2;
        const element* corner = input + (at.row + (index_t)(top - to.y) * width + (left - to.x)) * input_stride + at.channel;
        lanes<LANES> sum = {};
        for (int i = max(0, -top); i < min(kernel_height, height - top); i++)
        {
            const element* row = corner + (index_t)i * width * input_stride + i * kernel_width * channels;
#pragma unroll 7
            for (int j = 0; j < kernel_width; j++)
            {
                if ((unsigned)(left + j) < (unsigned)width)
                {
                    lanes<LANES> product = load_lanes<LANES>(row + j * (input_stride + channels));
#pragma unroll
                    for (int lane = 0; lane < LANES; lane++)
                    {
                        sum.value[lane] += product.value[lane];
                    }
                }
            }
        }

#pragma unroll
        for (int lane = 0; lane < LANES; lane++)
        {
            sum.value[lane] = activate(sum.value[lane], activation, slope);
        }

        store_lanes<LANES>(output + at.row * output_stride + at.channel, sum);
    }
}

#define SHIFT_ADD(name, lanes_each)                                                                                             \
    extern "C" __global__ void name(                                                                                           \
        const element* input, int input_stride, int kernel_height, int kernel_width, int height, int width,                    \
        element* output, int output_stride, int channels, index_t count, int activation, float slope)                          \
    {                                                                                                                          \
        sum_products<lanes_each>(                                                                                              \
            input, input_stride, kernel_height, kernel_width, height, width, output, output_stride, channels, count,           \
            activation, slope);                                                                                                \
    }

SHIFT_ADD(shift_add, 1)
SHIFT_ADD(shift_add_by_two, 2)

// Channel c f^2 + i f + j of (y, x) goes to channel c of (y f + i, x f + j).
extern "C" __global__ void pixel_shuffle(
    const element* input, int input_stride, int factor, element* output, int output_stride,
    int output_height, int output_width, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        voxel to = locate_voxel(at.row, 1, output_height, output_width);
        index_t source = (to.n * (output_height / factor) + to.y / factor) * (output_width / factor) + to.x / factor;
        int channel = (at.channel * factor + to.y % factor) * factor + to.x % factor;
        store(output + at.row * output_stride + at.channel, activate(load(input + source * input_stride + channel), activation, slope));
    }
}

// Channel c D + d of (y, x) goes to channel c of (d, y, x).
extern "C" __global__ void channels_to_depth(
    const element* input, int input_stride, int depth, index_t plane, element* output, int output_stride, int channels, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        index_t place = at.row % plane;
        index_t rest = at.row / plane;
        int d = (int)(rest % depth);
        index_t n = rest / depth;
        output[at.row * output_stride + at.channel] = input[(n * plane + place) * input_stride + at.channel * depth + d];
    }
}
