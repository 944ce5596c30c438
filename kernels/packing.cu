// Weights from the order of a checkpoint into that of the kernels. The destination is zero before: paddings stay so.
#include "common.cuh"

// Where a weight goes, in elements: group, tap (depth, height, width of the kernel), input channel and output channel of its group.
struct weight_layout
{
    int outputs_per_group, inputs_per_group, taps;
    int output_step;
    index_t group_step, tap_step, input_step;
};

// Values first .. first + count of [outputs, inputs per group, taps].
__device__ __forceinline__ index_t find_weight(const weight_layout& layout, index_t flat)
{
    position tap = locate(flat, layout.taps);
    position input = locate(tap.row, layout.inputs_per_group);
    position output = locate(input.row, layout.outputs_per_group);
    return output.row * layout.group_step + tap.channel * layout.tap_step + input.channel * layout.input_step
        + (index_t)output.channel * layout.output_step;
}

extern "C" __global__ void pack_weights(const float* values, weight_layout layout, element* packed, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        store(packed + find_weight(layout, first + flat), values[flat]);
    }
}

// For kernels that want binary32 weights whatever the type of activations.
extern "C" __global__ void pack_single_weights(const float* values, weight_layout layout, float* packed, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        packed[find_weight(layout, first + flat)] = values[flat];
    }
}
