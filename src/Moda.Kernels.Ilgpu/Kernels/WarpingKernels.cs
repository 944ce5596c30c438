using ILGPU.Runtime;
using Moda.Kernels.Fused;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Grid sampling, sparse motions and their combination.</summary>
internal sealed class WarpingKernels(Accelerator accelerator)
{
    private readonly Kernel<SampleArguments> sampleGrid = new(accelerator, SampleGrid);
    private readonly Kernel<MotionArguments> moveFeatures = new(accelerator, MoveFeatures);
    private readonly Kernel<MotionArguments> combineMotions = new(accelerator, Combine);

    /// <summary><see cref="Device.GridSample"/>.</summary>
    public void GridSample(IlgpuQueue queue, Tensor input, Tensor grid, Tensor output) =>
        queue.LaunchForElements(sampleGrid, output.Shape.ElementCount, new SampleArguments(input, grid, output));

    /// <summary><see cref="IFusedSparseMotion.SparseMotionFeatures"/>.</summary>
    public void SparseMotionFeatures(IlgpuQueue queue, Tensor feature, Tensor driving, Tensor source, Tensor output) =>
        queue.LaunchForElements(moveFeatures, output.Shape.ElementCount, new MotionArguments(feature, driving, source, output));

    /// <summary><see cref="IFusedSparseMotion.CombineMotions"/>.</summary>
    public void CombineMotions(IlgpuQueue queue, Tensor logits, Tensor driving, Tensor source, Tensor deformation) =>
        queue.LaunchForElements(combineMotions, deformation.Rows, new MotionArguments(logits, driving, source, deformation));

    private static void SampleGrid(SampleArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            VolumePlace place = a.Volume.PlaceOf(a.Grid.Load(at.Row, 0), a.Grid.Load(at.Row, 1), a.Grid.Load(at.Row, 2));
            a.Output.Store(at, place.Sample(a.Volume, at.Row / a.Positions, at.Column));
        }
    }

    // Output channel k (C + 1) is the heatmap of candidate k; the C features sampled at grid - driving + source follow. Candidate 0 is the
    // identity.
    private static void MoveFeatures(MotionArguments a)
    {
        int channels = a.Output.Channels / (a.Keypoints + 1);
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, a.Volume.Depth, a.Volume.Height, a.Volume.Width);
            int candidate = at.Column / channels;
            int channel = at.Column - (candidate * channels);
            float x = GridCoordinate(to.X, a.Volume.Width);
            float y = GridCoordinate(to.Y, a.Volume.Height);
            float z = GridCoordinate(to.Z, a.Volume.Depth);
            float heat = 0;
            if (candidate > 0)
            {
                long keypoint = (to.Element * a.Keypoints) + candidate - 1;
                float drivingX = a.Driving.Load(keypoint, 0);
                float drivingY = a.Driving.Load(keypoint, 1);
                float drivingZ = a.Driving.Load(keypoint, 2);
                float sourceX = a.Source.Load(keypoint, 0);
                float sourceY = a.Source.Load(keypoint, 1);
                float sourceZ = a.Source.Load(keypoint, 2);
                if (channel == 0)
                {
                    heat = Gaussian(x - drivingX, y - drivingY, z - drivingZ) - Gaussian(x - sourceX, y - sourceY, z - sourceZ);
                }

                x = x - drivingX + sourceX;
                y = y - drivingY + sourceY;
                z = z - drivingZ + sourceZ;
            }

            a.Output.Store(at, channel == 0 ? heat : a.Volume.PlaceOf(x, y, z).Sample(a.Volume, to.Element, channel - 1));
        }
    }

    // A softmax over the candidates, then the sum of their sampling positions with these weights. A thread for each voxel.
    private static void Combine(MotionArguments a)
    {
        for (long row = ElementPosition.First; row < a.Rows; row += ElementPosition.Step)
        {
            var to = VoxelPosition.Of(row, a.Volume.Depth, a.Volume.Height, a.Volume.Width);
            TensorView logits = a.Volume.Tensor;
            float largest = logits.Load(row, 0);
            for (int k = 1; k <= a.Keypoints; k++)
            {
                largest = MathF.Max(largest, logits.Load(row, k));
            }

            float total = KernelMath.Exp(logits.Load(row, 0) - largest);
            float shiftX = 0;
            float shiftY = 0;
            float shiftZ = 0;
            for (int k = 1; k <= a.Keypoints; k++)
            {
                float weight = KernelMath.Exp(logits.Load(row, k) - largest);
                long keypoint = (to.Element * a.Keypoints) + k - 1;
                total += weight;
                shiftX += weight * (a.Source.Load(keypoint, 0) - a.Driving.Load(keypoint, 0));
                shiftY += weight * (a.Source.Load(keypoint, 1) - a.Driving.Load(keypoint, 1));
                shiftZ += weight * (a.Source.Load(keypoint, 2) - a.Driving.Load(keypoint, 2));
            }

            a.Output.Tensor.Store(row, 0, GridCoordinate(to.X, a.Volume.Width) + (shiftX / total));
            a.Output.Tensor.Store(row, 1, GridCoordinate(to.Y, a.Volume.Height) + (shiftY / total));
            a.Output.Tensor.Store(row, 2, GridCoordinate(to.Z, a.Volume.Depth) + (shiftZ / total));
        }
    }

    // A voxel's centre on the grid that runs from -1 to 1 over the centres.
    private static float GridCoordinate(int index, int extent) => extent == 1 ? -1 : (2 * (index / (float)(extent - 1))) - 1;

    // Variance 0.01.
    private static float Gaussian(float x, float y, float z) => KernelMath.Exp(-50 * ((x * x) + (y * y) + (z * z)));

    /// <summary>A volume, and the coordinates [N, D', H', W', 3] at which it is sampled.</summary>
    internal readonly struct SampleArguments(Tensor input, Tensor grid, Tensor output)
    {
        public readonly VolumeView Volume = new(input);
        public readonly TensorView Grid = TensorView.Of(grid);
        public readonly OutputView Output = new(output);
        public readonly int Positions = output.Rows / output.Shape[0];
    }

    /// <summary>A volume of features or logits, and keypoints [N, K, 3].</summary>
    internal readonly struct MotionArguments(Tensor volume, Tensor driving, Tensor source, Tensor output)
    {
        public readonly VolumeView Volume = new(volume);
        public readonly TensorView Driving = TensorView.Of(driving);
        public readonly TensorView Source = TensorView.Of(source);
        public readonly OutputView Output = new(output);
        public readonly int Keypoints = driving.Shape[1];
        public readonly long Rows = output.Rows;
    }
}
