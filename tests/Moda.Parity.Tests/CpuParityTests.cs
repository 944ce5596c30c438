using Moda.Kernels.Cpu;
using Moda.Parity.Cases;
using Moda.Runtime.Motion;
using Moda.Testing;
using Moda.Testing.Devices;
using Xunit;

namespace Moda.Parity.Tests;

/// <summary>Every network, its sampling, and the logic around it on a CPU, against what the reference computes.</summary>
public sealed class CpuParityTests : IDisposable
{
    private readonly CpuDevice device = new();

    /// <summary>The networks of the open checkpoint.</summary>
    public static TheoryData<string> OpenCheckpointNetworks => [.. OpenCheckpointFiles.Networks];

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();

    /// <remarks>
    /// The synthetic weights have synthetic noise levels. Their steps are so short that the motion of the sampling cases is nearly the noise:
    /// only an error far below that kind's tolerance shows that the velocities are right.
    /// </remarks>
    [Theory]
    [InlineData("appearance.tiny", null)]
    [InlineData("appearance.full", null)]
    [InlineData("motion_extractor.tiny", null)]
    [InlineData("motion_extractor.full", null)]
    [InlineData("warping.tiny", null)]
    [InlineData("warping.full", null)]
    [InlineData("spade.tiny", null)]
    [InlineData("spade.full", null)]
    [InlineData("stitching.any", null)]
    [InlineData("bisenet.full", null)]
    [InlineData("hubert.tiny", null)]
    [InlineData("hubert.full", null)]
    [InlineData("dit.tiny", null)]
    [InlineData("dit.full", null)]
    [InlineData("dit_sample.tiny", 1e-6)]
    [InlineData("dit_sample.full", 1e-6)]
    [InlineData("emotion_guidance.tiny", 1e-6)]
    [InlineData("schedulers.any", null)]
    [InlineData("ddim", null)]
    public void A_network_computes_what_the_reference_computes(string name, double? tolerance) =>
        CaseCheck.Run(device, TestData.Case(name), tolerance);

    [Theory]
    [InlineData("appearance")]
    [InlineData("motion_extractor")]
    [InlineData("warping")]
    [InlineData("spade")]
    public void All_widths_come_from_the_shapes(string network) =>
        CaseCheck.Run(device, TestData.Path("narrow", "cases", network + ".narrow.safetensors"));

    [Theory]
    [InlineData("warping.tiny")]
    [InlineData("spade.tiny")]
    public void A_device_of_plain_ops_computes_what_the_reference_computes(string name)
    {
        using var plain = new PlainDevice();
        CaseCheck.Run(plain, TestData.Case(name));
    }

    [Theory]
    [MemberData(nameof(OpenCheckpointNetworks))]
    public void With_the_open_checkpoint_a_network_computes_what_PyTorch_computes(string network)
    {
        Assert.SkipUnless(OpenCheckpointFiles.Exist, OpenCheckpointFiles.Missing);
        CaseCheck.Run(device, OpenCheckpointFiles.Case(network));
    }

    [Theory]
    [InlineData("motion_math")]
    [InlineData("driving")]
    [InlineData("kalman.any")]
    [InlineData("motion_template.any")]
    [InlineData("video_drive.image.tiny")]
    [InlineData("video_drive.video.tiny")]
    [InlineData("video_drive.moda.tiny")]
    [InlineData("driven_by_mix.tiny")]
    [InlineData("retarget_image.tiny")]
    [InlineData("retarget_video.tiny")]
    public void The_logic_around_the_networks_computes_what_the_reference_computes(string name) =>
        CaseCheck.Run(device, TestData.Case(name), tolerance: 1e-6, result =>
        {
            // The reference subtracts 97.5 from a pose in float32: two units of that number's last place are left in the result.
            bool isPose = result.Output is "refined.pitch" or "refined.yaw" or "refined.roll";
            return isPose ? result.LargestError <= 1.6e-5 : result.Passed;
        });

    /// <remarks>The case itself allows for what crops in fixed point cost; from the reference's own motion the keypoints follow exactly.</remarks>
    [Fact]
    public void The_lips_of_a_video_follow_a_voice_as_the_reference_has_them()
    {
        using ReferenceCase reference = ReferenceCase.Open(TestData.Case("lip_sync_video.tiny"));
        MotionTemplate source = MotionInputs.Template(reference.Output, "source");

        Dictionary<string, HostTensor> outputs = LipSyncMotion.Compute(device, reference, source);

        Assert.Equal(reference.OutputNames.Count(name => name.StartsWith("x_d.", StringComparison.Ordinal)) + 1, outputs.Count);
        Assert.All(outputs, output => Assert.InRange(
            ParityResult.Compare(output.Key, output.Value.Values, reference.Output(output.Key).Values, stride: 1, tolerance: 0).RelativeError, 0, 1e-6));
    }

    [Theory]
    [InlineData("crop")]
    [InlineData("video_drive.crop.any")]
    [InlineData("face_mask.any")]
    [InlineData("e2e.tiny")]
    [InlineData("lip_sync_video.tiny")]
    public void Pictures_and_the_whole_chain_are_what_the_reference_computes(string name) => CaseCheck.Run(device, TestData.Case(name));

    [Fact]
    public void Every_case_is_run_here_by_name()
    {
        IEnumerable<string> named = typeof(CpuParityTests).GetMethods()
            .Where(test => test.Name != nameof(A_device_of_plain_ops_computes_what_the_reference_computes) && test.Name != nameof(All_widths_come_from_the_shapes))
            .SelectMany(test => test.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false))
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!);

        Assert.Equal(CaseCheck.AllCases, named.Order(StringComparer.Ordinal));
    }
}
