using Moda.Kernels.Forwards;

namespace Moda.Kernels.Fused;

/// <summary>Sparse and dense motion of plain ops, on a device that stores float32.</summary>
internal static class SparseMotionComposition
{
    /// <summary>Composes <see cref="IFusedSparseMotion.SparseMotionFeatures"/>.</summary>
    public static void Features(Workspace workspace, Tensor feature, Tensor driving, Tensor source, Tensor output)
    {
        RequireFloat32(workspace, nameof(FusedOperations.SparseMotionFeatures));
        using Workspace.Scope scope = workspace.BeginScope();
        int candidateChannels = feature.Channels + 1;
        Tensor grid = Grid(workspace, feature.Shape);
        Tensor zero = workspace.Constant(new Shape(1), 0);
        for (int element = 0; element < feature.Shape[0]; element++)
        {
            Tensor volume = feature.Slice(element, 1);
            Tensor candidates = output.Slice(element, 1);
            workspace.Copy(zero, candidates.ChannelSlice(0, 1));
            workspace.GridSample(volume, grid, candidates.ChannelSlice(1, feature.Channels));
            for (int keypoint = 0; keypoint < driving.Shape[1]; keypoint++)
            {
                using Workspace.Scope candidateScope = workspace.BeginScope();
                Tensor candidate = candidates.ChannelSlice((keypoint + 1) * candidateChannels, candidateChannels);
                Tensor fromDriving = workspace.Add(grid, Negative(workspace, driving[element][keypoint]));
                Tensor fromSource = workspace.Add(grid, Negative(workspace, source[element][keypoint]));
                workspace.Add(
                    Gaussian(workspace, fromDriving), Negative(workspace, Gaussian(workspace, fromSource)), output: candidate.ChannelSlice(0, 1));
                Tensor positions = workspace.Add(fromDriving, source[element][keypoint]);
                workspace.GridSample(volume, positions, candidate.ChannelSlice(1, feature.Channels));
            }
        }
    }

    /// <summary>Composes <see cref="IFusedSparseMotion.CombineMotions"/>.</summary>
    /// <remarks>
    /// The weights of a softmax add up to 1, so the deformation is the grid plus the weighted sum of translations. That sum is an
    /// attention: the logits are the queries, the identity matrix holds the keys, the translations are the values.
    /// </remarks>
    public static void Combine(Workspace workspace, Tensor logits, Tensor driving, Tensor source, Tensor deformation)
    {
        RequireFloat32(workspace, nameof(FusedOperations.CombineMotions));
        using Workspace.Scope scope = workspace.BeginScope();
        (int candidates, int positions) = (logits.Channels, logits.Rows / logits.Shape[0]);

        // Keys and values have the same number of channels: at least the three of a translation. What is added to the logits is 0.
        int channels = Math.Max(candidates, 3);
        Tensor zeros = workspace.Constant(new Shape(channels), 0);
        Tensor keys = workspace.Constant(
            new Shape(candidates, 1, channels), (candidates, channels), static (values, size) =>
            {
                values.Clear();
                for (int candidate = 0; candidate < size.candidates; candidate++)
                {
                    values[(candidate * size.channels) + candidate] = 1;
                }
            });
        Tensor grid = Grid(workspace, logits.Shape).Reshape(positions, 1, 3);
        Tensor queries = workspace.Allocate(positions, 1, channels);
        Tensor translations = workspace.Allocate(candidates, 1, channels);
        workspace.Copy(zeros, queries);
        workspace.Copy(zeros, translations);
        for (int element = 0; element < logits.Shape[0]; element++)
        {
            using Workspace.Scope elementScope = workspace.BeginScope();
            workspace.Copy(logits[element].Reshape(positions, 1, candidates), queries.ChannelSlice(0, candidates));
            workspace.Add(
                source[element].Reshape(candidates - 1, 1, 3),
                Negative(workspace, driving[element].Reshape(candidates - 1, 1, 3)),
                output: translations.Slice(1, candidates - 1).ChannelSlice(0, 3));
            Tensor moved = workspace.Attention(queries, keys, translations, headCount: 1, scale: 1);
            workspace.Add(grid, moved.ChannelSlice(0, 3), output: deformation[element].Reshape(positions, 1, 3));
        }
    }

    /// <summary>The voxels' centres, [1, D, H, W, 3]: x, y, z from -1 to 1; -1 along an axis of one voxel.</summary>
    private static Tensor Grid(Workspace workspace, Shape volume) => workspace.Constant(
        new Shape(1, volume[1], volume[2], volume[3], 3), volume, static (values, volume) =>
        {
            (int depth, int height, int width) = (volume[1], volume[2], volume[3]);
            for (int position = 0; position < depth * height * width; position++)
            {
                values[3 * position] = Coordinate(position % width, width);
                values[(3 * position) + 1] = Coordinate(position / width % height, height);
                values[(3 * position) + 2] = Coordinate(position / width / height, depth);
            }
        });

    private static float Coordinate(int index, int extent) => extent == 1 ? -1 : (float)((2.0 * index / (extent - 1)) - 1);

    /// <summary><c>exp(-50 |x|^2)</c> of offsets [1, D, H, W, 3]: [1, D, H, W, 1].</summary>
    private static Tensor Gaussian(Workspace workspace, Tensor offset)
    {
        Tensor squares = workspace.Multiply(offset, offset);
        Tensor squaredDistance = workspace.Add(workspace.Add(squares.ChannelSlice(0, 1), squares.ChannelSlice(1, 1)), squares.ChannelSlice(2, 1));

        // There is no plain exponential. With s = sigmoid(-z - 4) it is exp(-z) = exp(4) s / (1 - s), and
        // 1 / (1 - s) = (1 + s)(1 + s^2)(1 + s^4) to float32's precision, since s is at most 0.018.
        Tensor one = workspace.Constant(new Shape(1), 1);
        Tensor sigmoid = workspace.ScaleShift(
            squaredDistance, workspace.Constant(new Shape(1), -50), workspace.Constant(new Shape(1), -4), Activation.Sigmoid);
        Tensor square = workspace.Multiply(sigmoid, sigmoid);
        Tensor fourthPower = workspace.Multiply(square, square);
        Tensor quotient = workspace.Multiply(sigmoid, workspace.Add(sigmoid, one));
        quotient = workspace.Multiply(quotient, workspace.Add(square, one));
        quotient = workspace.Multiply(quotient, workspace.Add(fourthPower, one));
        return workspace.Multiply(quotient, workspace.Constant(new Shape(1), MathF.Exp(4)));
    }

    private static Tensor Negative(Workspace workspace, Tensor tensor) =>
        workspace.Multiply(tensor, workspace.Constant(new Shape(tensor.Channels), -1));

    private static void RequireFloat32(Workspace workspace, string op)
    {
        if (workspace.Device.ActivationType != ElementType.Float32)
        {
            throw new NotSupportedException(
                $"{workspace.Device.Name} stores float16, in which {op} can't be composed of plain ops: use float32, or implement {nameof(IFusedSparseMotion)}.");
        }
    }
}
