using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// A candidate motion along one axis. A motion only translates the grid, so sampling positions and Gaussians separate into factors of
/// each axis.
/// </summary>
internal struct MotionAxis
{
    /// <summary>Where the translated voxel samples.</summary>
    public AxisSample Sample;

    /// <summary>The Gaussian around the driving keypoint.</summary>
    public float Driving;

    /// <summary>The Gaussian around the source keypoint.</summary>
    public float Source;
}

/// <summary>Tabulates the candidate motions along width, height and depth; the item is a candidate of an image.</summary>
internal unsafe struct MotionAxesKernel : IVectorKernel
{
    private const double Variance = 0.01;

    /// <summary>
    /// Smaller values of a heatmap along an axis become 0. A position's value is a product of three, and the feature a difference of two such:
    /// these would be subnormal far from a keypoint, which makes the convolution that reads them slow. No sum in float32 shows the rest.
    /// </summary>
    private const double Negligible = 1e-10;

    public required float* Driving;
    public required int DrivingStride;
    public required float* Source;
    public required int SourceStride;

    /// <summary>K + 1.</summary>
    public required int Candidates;
    public required VolumeExtents Extents;

    /// <summary>[N, K + 1, W + H + D].</summary>
    public required MotionAxis* Axes;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int item = start; item < end; item++)
        {
            int candidate = item % Candidates;
            int keypoint = item / Candidates * (Candidates - 1) + candidate - 1;
            MotionAxis* axis = Axes + (long)item * (Extents.Width + Extents.Height + Extents.Depth);
            for (int dimension = 0; dimension < 3; dimension++)
            {
                int extent = dimension == 0 ? Extents.Width : dimension == 1 ? Extents.Height : Extents.Depth;
                for (int i = 0; i < extent; i++, axis++)
                {
                    double coordinate = AxisSample.GridCoordinate(i, extent);
                    if (candidate == 0)
                    {
                        *axis = new MotionAxis { Sample = new AxisSample(coordinate, extent) };
                        continue;
                    }

                    double driving = Driving[(long)keypoint * DrivingStride + dimension];
                    double source = Source[(long)keypoint * SourceStride + dimension];
                    *axis = new MotionAxis
                    {
                        Sample = new AxisSample(coordinate - driving + source, extent),
                        Driving = Gaussian(coordinate - driving),
                        Source = Gaussian(coordinate - source),
                    };
                }
            }
        }
    }

    private static float Gaussian(double distance)
    {
        double value = Math.Exp(-0.5 * distance * distance / Variance);
        return value < Negligible ? 0 : (float)value;
    }
}

/// <summary><see cref="IFusedSparseMotion.SparseMotionFeatures"/>; the item is a row of positions along the width.</summary>
internal unsafe struct SparseMotionKernel : IVectorKernel
{
    /// <summary>The longest row of features that fits on the stack.</summary>
    public const int MaximumRowElements = 65_536;

    public required float* Feature;
    public required int FeatureStride;
    public required int Channels;
    public required VolumeExtents Extents;

    /// <summary>[N, K + 1, W + H + D].</summary>
    public required MotionAxis* Axes;

    /// <summary>K + 1.</summary>
    public required int Candidates;
    public required float* Output;
    public required int OutputStride;

    [SkipLocalsInit]
    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* stack = stackalloc float[Extents.Width * Channels + CacheLine.Elements];
        float* blended = CacheLine.Align(stack);
        for (int row = start; row < end; row++)
        {
            (int image, int z, int y) = Extents.RowAt(row);
            float* output = Output + (long)row * Extents.Width * OutputStride;
            for (int candidate = 0; candidate < Candidates; candidate++, output += Channels + 1)
            {
                MotionAxis* axisX = Axes
                    + ((long)image * Candidates + candidate) * (Extents.Width + Extents.Height + Extents.Depth);
                MotionAxis axisY = axisX[Extents.Width + y];
                MotionAxis axisZ = axisX[Extents.Width + Extents.Height + z];
                BlendRows<TVector>(image, axisY.Sample, axisZ.Sample, blended);
                BlendAlong(axisX, axisY.Driving * axisZ.Driving, axisY.Source * axisZ.Source, blended, output);
            }
        }
    }

    /// <summary>Interpolates along depth and height: four rows of features to one.</summary>
    private readonly void BlendRows<TVector>(int image, in AxisSample y, in AxisSample z, float* blended)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        if (y.IsOutside || z.IsOutside)
        {
            new Span<float>(blended, Extents.Width * Channels).Clear();
            return;
        }

        float* near0 = Feature + Extents.Position(image, z.First, y.First, 0) * FeatureStride;
        float* near1 = Feature + Extents.Position(image, z.First, y.Second, 0) * FeatureStride;
        float* far0 = Feature + Extents.Position(image, z.Second, y.First, 0) * FeatureStride;
        float* far1 = Feature + Extents.Position(image, z.Second, y.Second, 0) * FeatureStride;
        TVector nearWeight0 = TVector.Broadcast(z.FirstWeight * y.FirstWeight);
        TVector nearWeight1 = TVector.Broadcast(z.FirstWeight * y.SecondWeight);
        TVector farWeight0 = TVector.Broadcast(z.SecondWeight * y.FirstWeight);
        TVector farWeight1 = TVector.Broadcast(z.SecondWeight * y.SecondWeight);

        // Without gaps between positions the whole row is one run.
        bool gapless = FeatureStride == Channels;
        int runs = gapless ? 1 : Extents.Width;
        int length = gapless ? Extents.Width * Channels : Channels;
        for (int run = 0; run < runs; run++)
        {
            long offset = (long)run * FeatureStride;
            for (int i = 0; i < length; i += TVector.Count)
            {
                int count = Math.Min(length - i, TVector.Count);
                TVector sum = ChannelVector.Load<TVector>(near0 + offset + i, count) * nearWeight0;
                sum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(near1 + offset + i, count), nearWeight1, sum);
                sum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far0 + offset + i, count), farWeight0, sum);
                sum = TVector.MultiplyAdd(ChannelVector.Load<TVector>(far1 + offset + i, count), farWeight1, sum);
                ChannelVector.Store(sum, blended + (long)run * Channels + i, count);
            }
        }
    }

    /// <summary>Interpolates along the width and writes heatmap and features of one candidate.</summary>
    private readonly void BlendAlong(MotionAxis* axis, float driving, float source, float* blended, float* output)
    {
        for (int x = 0; x < Extents.Width; x++, axis++, output += OutputStride)
        {
            output[0] = axis->Driving * driving - axis->Source * source;
            float* first = blended + axis->Sample.First * Channels;
            float* second = blended + axis->Sample.Second * Channels;
            float firstWeight = axis->Sample.FirstWeight;
            float secondWeight = axis->Sample.SecondWeight;
            int c = 0;

            // The reference compresses its features to four channels: one vector of the narrowest kind.
            for (; c <= Channels - Vector128<float>.Count; c += Vector128<float>.Count)
            {
                Vector128<float> sum = Vector128.MultiplyAddEstimate(
                    Vector128.Load(second + c), Vector128.Create(secondWeight), Vector128.Load(first + c) * firstWeight);
                sum.Store(output + 1 + c);
            }

            for (; c < Channels; c++)
            {
                output[1 + c] = first[c] * firstWeight + second[c] * secondWeight;
            }
        }
    }
}
