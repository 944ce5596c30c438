// The warping module's own kernels: 3D grid sample, sparse motions, and their combination.
#include "sampling.cuh"

// The coordinate of a voxel centre on the grid that runs from -1 to 1 over the centres.
__device__ __forceinline__ float grid_coordinate(int index, int extent)
{
    return extent == 1 ? -1.0f : 2.0f * ((float)index / (float)(extent - 1)) - 1.0f;
}

// [N, D, H, W, C] sampled at [N, positions, 3] (x, y, z).
template <int LANES>
__device__ __forceinline__ void sample_grid(
    const element* input, int input_stride, int depth, int height, int width, const coordinates& grid,
    element* output, int output_stride, int channels, index_t positions, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate_group(flat, channels, LANES);
        index_t n = locate(at.row, (int)positions).row;
        volume v = volume_of(input, input_stride, n, depth, height, width);
        point_sample place = sample_point(v, coordinate(grid, at.row, 0), coordinate(grid, at.row, 1), coordinate(grid, at.row, 2));
        lanes<LANES> value = sample<LANES>(v, place, at.channel);
        store_lanes<LANES>(output + at.row * output_stride + at.channel, value);
    }
}

#define GRID_SAMPLE(name, lanes_each)                                                                                          \
    extern "C" __global__ void name(                                                                                           \
        const element* input, int input_stride, int depth, int height, int width, coordinates grid,                            \
        element* output, int output_stride, int channels, index_t positions, index_t count)                                    \
    {                                                                                                                          \
        sample_grid<lanes_each>(                                                                                               \
            input, input_stride, depth, height, width, grid, output, output_stride, channels, positions, count);               \
    }

GRID_SAMPLE(grid_sample, 1)
GRID_SAMPLE(grid_sample_wide, WIDE)

__device__ __forceinline__ float squared(float x) { return x * x; }

// For each voxel and candidate: heatmap, then the features sampled at grid - driving + source. Candidate 0 is the identity.
// One thread for each voxel and candidate; it samples LANES features at a time.
template <int LANES>
__device__ __forceinline__ void move_features(
    const element* feature, int feature_stride, int depth, int height, int width, int channels,
    const coordinates& driving, const coordinates& source, int keypoints, element* output, int output_stride, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, keypoints + 1);
        voxel to = locate_voxel(at.row, depth, height, width);
        float gx = grid_coordinate(to.x, width), gy = grid_coordinate(to.y, height), gz = grid_coordinate(to.z, depth);
        float heat = 0.0f;
        if (at.channel > 0)
        {
            index_t keypoint = to.n * keypoints + at.channel - 1;
            float dx = coordinate(driving, keypoint, 0), dy = coordinate(driving, keypoint, 1), dz = coordinate(driving, keypoint, 2);
            float sx = coordinate(source, keypoint, 0), sy = coordinate(source, keypoint, 1), sz = coordinate(source, keypoint, 2);
            // Variance 0.01: exp(-0.5 distance^2 / 0.01).
            heat = expf(-50.0f * (squared(gx - dx) + squared(gy - dy) + squared(gz - dz)))
                - expf(-50.0f * (squared(gx - sx) + squared(gy - sy) + squared(gz - sz)));
            gx = gx - dx + sx;
            gy = gy - dy + sy;
            gz = gz - dz + sz;
        }

        element* own = output + at.row * output_stride + at.channel * (channels + 1);
        store(own, heat);
        volume v = volume_of(feature, feature_stride, to.n, depth, height, width);
        point_sample place = sample_point(v, gx, gy, gz);
        for (int channel = 0; channel < channels; channel += LANES)
        {
            lanes<LANES> value = sample<LANES>(v, place, channel);
#pragma unroll
            for (int i = 0; i < LANES; i++)
            {
                store(own + 1 + channel + i, value.value[i]);
            }
        }
    }
}

#define SPARSE_MOTION_FEATURES(name, lanes_each)                                                                               \
    extern "C" __global__ void name(                                                                                           \
        const element* feature, int feature_stride, int depth, int height, int width, int channels,                            \
        coordinates driving, coordinates source, int keypoints, element* output, int output_stride, index_t count)             \
    {                                                                                                                          \
        move_features<lanes_each>(                                                                                             \
            feature, feature_stride, depth, height, width, channels, driving, source, keypoints, output, output_stride, count); \
    }

SPARSE_MOTION_FEATURES(sparse_motion_features, 1)
SPARSE_MOTION_FEATURES(sparse_motion_features_by_four, 4)

// Softmax over the candidates, then the sum of their sampling positions with these weights. One thread for each voxel.
extern "C" __global__ void combine_motions(
    const element* logits, int logits_stride, int depth, int height, int width,
    coordinates driving, coordinates source, int keypoints,
    void* deformation, int deformation_stride, int deformation_single, index_t count)
{
    FOR_EACH_ELEMENT(row, count)
    {
        voxel to = locate_voxel(row, depth, height, width);
        const element* own = logits + row * logits_stride;
        float largest = load(own);
        for (int k = 1; k <= keypoints; k++)
        {
            largest = fmaxf(largest, load(own + k));
        }

        float total = 0.0f, shift_x = 0.0f, shift_y = 0.0f, shift_z = 0.0f;
        for (int k = 0; k <= keypoints; k++)
        {
            float weight = expf(load(own + k) - largest);
            total += weight;
            if (k > 0)
            {
                index_t keypoint = to.n * keypoints + k - 1;
                shift_x += weight * (coordinate(source, keypoint, 0) - coordinate(driving, keypoint, 0));
                shift_y += weight * (coordinate(source, keypoint, 1) - coordinate(driving, keypoint, 1));
                shift_z += weight * (coordinate(source, keypoint, 2) - coordinate(driving, keypoint, 2));
            }
        }

        float result[3] = {
            grid_coordinate(to.x, width) + shift_x / total,
            grid_coordinate(to.y, height) + shift_y / total,
            grid_coordinate(to.z, depth) + shift_z / total,
        };
#pragma unroll
        for (int axis = 0; axis < 3; axis++)
        {
            index_t place = row * deformation_stride + axis;
            if (deformation_single)
            {
                ((float*)deformation)[place] = result[axis];
            }
            else
            {
                store((element*)deformation + place, result[axis]);
            }
        }
    }
}
