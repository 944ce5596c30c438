using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Kernels.Fused;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

/// <summary>The dense motion network's input on a CPU.</summary>
public sealed class SparseMotionTests
{
    private const int Keypoints = 21;

    [Fact]
    public void Heatmaps_of_keypoints_that_have_moved_hold_no_subnormal_values()
    {
        using var device = new CpuDevice(1);
        using var pass = new ForwardPass<(Tensor Feature, Tensor Driving, Tensor Source, Tensor Output)>(device, workspace =>
        {
            Tensor feature = workspace.Allocate(1, 16, 64, 64, 4);
            Tensor driving = workspace.AllocateCoordinates(new Shape(1, Keypoints, 3));
            Tensor source = workspace.AllocateCoordinates(driving.Shape);
            return (feature, driving, source, workspace.SparseMotionFeatures(feature, driving, source));
        });
        var random = new Random(7);
        float[] keypoints = [.. Enumerable.Range(0, 3 * Keypoints).Select(_ => (2 * random.NextSingle()) - 1)];
        device.Write(new float[pass.Ports.Feature.Shape.ElementCount], pass.Ports.Feature);
        device.Write(keypoints, pass.Ports.Source);
        device.Write([.. keypoints.Select(value => value + (0.02f * random.NextSingle()))], pass.Ports.Driving);
        pass.Run(TestContext.Current.CancellationToken);
        float[] output = new float[pass.Ports.Output.Shape.ElementCount];
        device.Read(pass.Ports.Output, output);

        Assert.Equal(0, output.Count(float.IsSubnormal));
        Assert.Contains(output, value => value > 0.1f);
    }
}
