using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

/// <summary>Inputs: the volume [N, D, H, W, C] and the grid [N, D', H', W', 3].</summary>
internal sealed record GridSampleReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int positions = result.Rows / output[0];
        for (int row = 0; row < result.Rows; row++)
        {
            for (int c = 0; c < output.Channels; c++)
            {
                result[row, c] = Sample(inputs[0], row / positions, inputs[1][row, 0], inputs[1][row, 1], inputs[1][row, 2], c);
            }
        }

        return result;
    }

    public static T Sample<T>(ReferenceTensor<T> volume, int image, T gridX, T gridY, T gridZ, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        (_, int depth, int height, int width) = volume.Volume;
        T x = Position(gridX, width);
        T y = Position(gridY, height);
        T z = Position(gridZ, depth);
        T sum = T.Zero;
        for (int corner = 0; corner < 8; corner++)
        {
            T cornerX = T.Floor(x) + T.CreateChecked(corner & 1);
            T cornerY = T.Floor(y) + T.CreateChecked(corner >> 1 & 1);
            T cornerZ = T.Floor(z) + T.CreateChecked(corner >> 2);
            if (IsInside(cornerX, width) && IsInside(cornerY, height) && IsInside(cornerZ, depth))
            {
                T weight = (T.One - T.Abs(x - cornerX)) * (T.One - T.Abs(y - cornerY)) * (T.One - T.Abs(z - cornerZ));
                long row = volume.RowAt(image, int.CreateChecked(cornerZ), int.CreateChecked(cornerY), int.CreateChecked(cornerX));
                sum += weight * volume[row, channel];
            }
        }

        return sum;
    }

    private static T Position<T>(T coordinate, int extent)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        ((coordinate + T.One) * T.CreateChecked(extent) - T.One) / T.CreateChecked(2);

    private static bool IsInside<T>(T corner, int extent)
        where T : unmanaged, IFloatingPointIeee754<T> => corner >= T.Zero && corner < T.CreateChecked(extent);
}

/// <summary>Inputs: features [N, D, H, W, C], driving and source keypoints [N, K, 3].</summary>
internal sealed record SparseMotionFeaturesReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        int channels = inputs[0].Channels;
        int keypoints = inputs[1].Shape[1];
        (int images, int depth, int height, int width) = result.Volume;
        for (int image = 0; image < images; image++)
        {
            for (int candidate = 0; candidate <= keypoints; candidate++)
            {
                for (int position = 0; position < depth * height * width; position++)
                {
                    long row = (long)image * depth * height * width + position;
                    T[] grid = Grid<T>(position, depth, height, width);
                    T driving = T.Zero;
                    T source = T.Zero;
                    for (int axis = 0; axis < 3 && candidate > 0; axis++)
                    {
                        int keypoint = image * keypoints + candidate - 1;
                        T fromDriving = grid[axis] - inputs[1][keypoint, axis];
                        T fromSource = grid[axis] - inputs[2][keypoint, axis];
                        driving += fromDriving * fromDriving;
                        source += fromSource * fromSource;
                        grid[axis] = fromDriving + inputs[2][keypoint, axis];
                    }

                    int first = candidate * (channels + 1);
                    result[row, first] = candidate == 0 ? T.Zero : Gaussian(driving) - Gaussian(source);
                    for (int c = 0; c < channels; c++)
                    {
                        result[row, first + 1 + c] = GridSampleReference.Sample(inputs[0], image, grid[0], grid[1], grid[2], c);
                    }
                }
            }
        }

        return result;
    }

    /// <summary>The coordinates x, y, z of a voxel's centre in a grid that runs from -1 to 1 over the centres.</summary>
    public static T[] Grid<T>(int position, int depth, int height, int width)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        [
            Coordinate<T>(position % width, width),
            Coordinate<T>(position / width % height, height),
            Coordinate<T>(position / width / height, depth),
        ];

    private static T Coordinate<T>(int index, int extent)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        extent == 1 ? -T.One : T.CreateChecked(2) * (T.CreateChecked(index) / T.CreateChecked(extent - 1)) - T.One;

    private static T Gaussian<T>(T squaredDistance)
        where T : unmanaged, IFloatingPointIeee754<T> => T.Exp(T.CreateChecked(-0.5) * squaredDistance / T.CreateChecked(0.01));
}

/// <summary>Inputs: logits [N, D, H, W, K + 1], driving and source keypoints [N, K, 3].</summary>
internal sealed record CombineMotionsReference : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        ReferenceTensor<T> logits = inputs[0];
        int keypoints = inputs[1].Shape[1];
        (int images, int depth, int height, int width) = result.Volume;
        int positions = depth * height * width;
        for (int row = 0; row < images * positions; row++)
        {
            T maximum = T.NegativeInfinity;
            for (int candidate = 0; candidate <= keypoints; candidate++)
            {
                maximum = T.Max(maximum, logits[row, candidate]);
            }

            T sum = T.Zero;
            for (int candidate = 0; candidate <= keypoints; candidate++)
            {
                sum += T.Exp(logits[row, candidate] - maximum);
            }

            T[] grid = SparseMotionFeaturesReference.Grid<T>(row % positions, depth, height, width);
            for (int candidate = 0; candidate <= keypoints; candidate++)
            {
                T weight = T.Exp(logits[row, candidate] - maximum) / sum;
                for (int axis = 0; axis < 3; axis++)
                {
                    int keypoint = row / positions * keypoints + candidate - 1;
                    T translation = candidate == 0 ? T.Zero : inputs[2][keypoint, axis] - inputs[1][keypoint, axis];
                    result[row, axis] += weight * (grid[axis] + translation);
                }
            }
        }

        return result;
    }
}
