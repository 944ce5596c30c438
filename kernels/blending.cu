// Warping images into a background and blending them with it, in the arithmetic of bytes.
#include "common.cuh"

#define FRACTION_BITS 5
#define FRACTIONS (1 << FRACTION_BITS)
#define POSITION_SCALE 1024.0

struct affine_map
{
    double xx, xy, x0, yx, yy, y0;
};

__device__ __forceinline__ int level(float value) { return (int)(fminf(fmaxf(value, 0.0f), 1.0f) * 255.0f); }

// a b + c with two roundings, as the host computes it. A fused multiply-add rounds once, and a tie could then round the other way.
__device__ __forceinline__ double multiply_add(double a, double b, double c)
{
    double product, sum;
    asm("mul.rn.f64 %0, %1, %2;" : "=d"(product) : "d"(a), "d"(b));
    asm("add.rn.f64 %0, %1, %2;" : "=d"(sum) : "d"(product), "d"(c));
    return sum;
}

// To 1/1024 pixel, halves to even. Saturates at half of int's range, so that the sum of two fits an int.
__device__ __forceinline__ int to_position(double pixels)
{
    return (int)fmin(fmax(rint(pixels * POSITION_SCALE), -1073741824.0), 1073741823.0);
}

// One thread for each pixel of [N, H, W].
extern "C" __global__ void warp_blend(
    const element* images, int images_stride, int image_height, int image_width, const element* mask, int mask_stride,
    const element* background, int background_stride, affine_map to_image, int first_row,
    element* output, int output_stride, int height, int width, index_t count)
{
    const int half_step = 16;
    FOR_EACH_ELEMENT(flat, count)
    {
        position column = locate(flat, width);
        position line = locate(column.row, height);
        int x = column.channel, y = line.channel;
        const element* behind = background + ((index_t)y * width + x) * background_stride;
        int colour[3] = { level(load(behind)), level(load(behind + 1)), level(load(behind + 2)) };
        int x32 = (to_position(multiply_add(to_image.xy, y + first_row, to_image.x0)) + half_step + to_position(to_image.xx * x)) >> FRACTION_BITS;
        int y32 = (to_position(multiply_add(to_image.yy, y + first_row, to_image.y0)) + half_step + to_position(to_image.yx * x)) >> FRACTION_BITS;
        int left = x32 >> FRACTION_BITS, top = y32 >> FRACTION_BITS;
        if (left >= -1 && left < image_width && top >= -1 && top < image_height)
        {
            int fraction_x = x32 & (FRACTIONS - 1), fraction_y = y32 & (FRACTIONS - 1);
            int sum[4] = { 0, 0, 0, 0 };
#pragma unroll
            for (int corner = 0; corner < 4; corner++)
            {
                int at_x = left + (corner & 1), at_y = top + (corner >> 1);
                int weight = (corner & 1 ? fraction_x : FRACTIONS - fraction_x) * (corner & 2 ? fraction_y : FRACTIONS - fraction_y);
                if (at_x >= 0 && at_x < image_width && at_y >= 0 && at_y < image_height)
                {
                    index_t place = (index_t)at_y * image_width + at_x;
                    const element* pixel = images + (line.row * image_height * image_width + place) * images_stride;
                    sum[0] += weight * level(load(pixel));
                    sum[1] += weight * level(load(pixel + 1));
                    sum[2] += weight * level(load(pixel + 2));
                    sum[3] += weight * level(load(mask + place * mask_stride));
                }
            }

            int alpha = (sum[3] + FRACTIONS * FRACTIONS / 2) >> (2 * FRACTION_BITS);
#pragma unroll
            for (int channel = 0; channel < 3; channel++)
            {
                int sample = (sum[channel] + FRACTIONS * FRACTIONS / 2) >> (2 * FRACTION_BITS);
                colour[channel] = (sample * alpha + colour[channel] * (255 - alpha)) / 255;
            }
        }

        element* result = output + flat * output_stride;
#pragma unroll
        for (int channel = 0; channel < 3; channel++)
        {
            store(result + channel, (colour[channel] + 0.5f) / 255.0f);
        }
    }
}
