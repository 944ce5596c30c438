// Copies, sums, products and activations over positions x channels with a stride between positions.
#include "common.cuh"

// How the second operand is read: at the same place, repeated over leading positions, or one channel for all.
enum broadcast_kind { SAME = 0, TRAILING = 1, ONE_CHANNEL = 2 };

__device__ __forceinline__ float read_broadcast(
    const element* right, int right_stride, int right_rows, int kind, index_t row, int channel)
{
    index_t place = kind == TRAILING ? row % right_rows : row;
    return load(right + place * right_stride + (kind == ONE_CHANNEL ? 0 : channel));
}

// The ops between host and device take a range of a tensor's elements, since the host's values come in pieces.

// Dense float32 values into elements first .. first + count of a tensor.
extern "C" __global__ void write_values(
    const float* values, element* output, int output_stride, int channels, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(first + flat, channels);
        store(output + at.row * output_stride + at.channel, values[flat]);
    }
}

// As write_values, for a tensor of float32 whatever the type of activations.
extern "C" __global__ void write_singles(
    const float* values, float* output, int output_stride, int channels, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(first + flat, channels);
        output[at.row * output_stride + at.channel] = values[flat];
    }
}

// Elements first .. first + count of a tensor into dense float32 values.
extern "C" __global__ void read_values(
    const element* input, int input_stride, int channels, float* values, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(first + flat, channels);
        values[flat] = load(input + at.row * input_stride + at.channel);
    }
}

// As read_values, for a tensor of float32 whatever the type of activations.
extern "C" __global__ void read_singles(
    const float* input, int input_stride, int channels, float* values, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(first + flat, channels);
        values[flat] = input[at.row * input_stride + at.channel];
    }
}

// Elements first .. first + count of a tensor of values in [0, 1] into dense bytes: clipped, times 255, truncated.
extern "C" __global__ void read_bytes(
    const element* input, int input_stride, int channels, byte* values, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(first + flat, channels);
        float value = load(input + at.row * input_stride + at.channel);
        values[flat] = (byte)(fminf(fmaxf(value, 0.0f), 1.0f) * 255.0f);
    }
}

// The input's rows are repeated as often as the output has room for them.
extern "C" __global__ void copy(
    const element* input, int input_stride, int input_rows, element* output, int output_stride, int channels, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        output[at.row * output_stride + at.channel] = input[at.row % input_rows * input_stride + at.channel];
    }
}

extern "C" __global__ void add(
    const element* left, int left_stride, const element* right, int right_stride, int right_rows, int broadcast,
    element* output, int output_stride, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        float value = load(left + at.row * left_stride + at.channel)
            + read_broadcast(right, right_stride, right_rows, broadcast, at.row, at.channel);
        store(output + at.row * output_stride + at.channel, activate(value, activation, slope));
    }
}

// left + factor[b] right; rows of the batch's elements b alternate.
extern "C" __global__ void add_scaled(
    const element* left, int left_stride, const element* right, int right_stride, const float* factor, int batch,
    element* output, int output_stride, int channels, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        float value = fmaf(
            factor[at.row % batch], load(right + at.row * right_stride + at.channel), load(left + at.row * left_stride + at.channel));
        store(output + at.row * output_stride + at.channel, value);
    }
}

extern "C" __global__ void multiply(
    const element* left, int left_stride, const element* right, int right_stride, int right_rows, int broadcast,
    element* output, int output_stride, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        float value = load(left + at.row * left_stride + at.channel)
            * read_broadcast(right, right_stride, right_rows, broadcast, at.row, at.channel);
        store(output + at.row * output_stride + at.channel, activate(value, activation, slope));
    }
}

extern "C" __global__ void activate_each(
    const element* input, int input_stride, element* output, int output_stride, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        store(output + at.row * output_stride + at.channel, activate(load(input + at.row * input_stride + at.channel), activation, slope));
    }
}

// activation(x scale + shift), scale and shift for each channel.
extern "C" __global__ void scale_shift(
    const element* input, int input_stride, const element* scale, const element* shift,
    element* output, int output_stride, int channels, index_t count, int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        float value = load(input + at.row * input_stride + at.channel) * load(scale + at.channel) + load(shift + at.channel);
        store(output + at.row * output_stride + at.channel, activate(value, activation, slope));
    }
}

// What follows a matrix product that had no epilogue of its own: activation(gate (y + bias) + residual), in place.
// The product is float32, dense; gate and residual may be null.
extern "C" __global__ void linear_epilogue(
    const float* product, const float* bias, const element* gate, int gate_stride, int gate_rows, int gate_broadcast,
    const element* residual, int residual_stride, element* output, int output_stride, int channels, index_t count,
    int activation, float slope)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, channels);
        float value = product[flat] + (bias ? bias[at.channel] : 0.0f);
        if (gate)
        {
            value *= read_broadcast(gate, gate_stride, gate_rows, gate_broadcast, at.row, at.channel);
        }

        if (residual)
        {
            value += load(residual + at.row * residual_stride + at.channel);
        }

        store(output + at.row * output_stride + at.channel, activate(value, activation, slope));
    }
}
