using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Parity;
using Moda.Parity.Cases;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

public sealed class SourceEncoderTests
{
    [Fact]
    public void A_face_holds_what_both_extractors_read()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        using ReferenceCase appearance = ReferenceCase.Open(TestData.Case("appearance.tiny"));
        using ReferenceCase motion = ReferenceCase.Open(TestData.Case("motion_extractor.tiny"));
        using var encoder = new SourceEncoder(
            device,
            new AppearanceExtractor(new ParameterLoader(appearance.Weights.Network("appearance_feature_extractor"), store)),
            new MotionExtractor(new ParameterLoader(motion.Weights.Network("motion_extractor"), store)),
            new WarpingNetwork(new ParameterLoader(appearance.Weights.Network("warping_module"), store)));
        HostTensor image = appearance.Input("image").ToChannelsLast();

        using SourceFace face = encoder.Encode(image.Values, image.Extents[1], image.Extents[2], TestContext.Current.CancellationToken);

        AssertClose(appearance, "feature_3d", HostTensor.Read(device, face.Volume).ToChannelsFirst().Values);
        AssertClose(motion, "pitch", face.Motion.Pitch);
        AssertClose(motion, "yaw", face.Motion.Yaw);
        AssertClose(motion, "roll", face.Motion.Roll);
        AssertClose(motion, "t", face.Motion.Translation);
        AssertClose(motion, "exp", face.Motion.Expression);
        AssertClose(motion, "scale", [face.Motion.Scale]);
        AssertClose(motion, "kp", face.Motion.Keypoints);
    }

    private static void AssertClose(ReferenceCase reference, string output, float[] actual)
    {
        ParityResult result = ParityResult.Compare(output, actual, reference.Output(output).Values, reference.OutputStride(output), 1e-4);
        Assert.True(result.Passed, $"{output}: {result.RelativeError:E2}");
    }
}
