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
        using var encoder = new SourcePass(
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

    [Fact]
    public void A_face_is_the_same_at_any_place_of_a_batch()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        using ReferenceCase appearance = ReferenceCase.Open(TestData.Case("appearance.tiny"));
        using ReferenceCase motion = ReferenceCase.Open(TestData.Case("motion_extractor.tiny"));
        using var memories = new DeviceMemoryPool(device, mostFree: 3);
        using var encoder = new SourcePass(
            device,
            new AppearanceExtractor(new ParameterLoader(appearance.Weights.Network("appearance_feature_extractor"), store)),
            new MotionExtractor(new ParameterLoader(motion.Weights.Network("motion_extractor"), store)),
            new WarpingNetwork(new ParameterLoader(appearance.Weights.Network("warping_module"), store)),
            batchSize: 3,
            memories);
        HostTensor image = appearance.Input("image").ToChannelsLast();
        (int height, int width) = (image.Extents[1], image.Extents[2]);
        float[] darker = Array.ConvertAll(image.Values, value => value / 2);

        SourceFace[] three = encoder.EncodeAll([.. darker, .. image.Values, .. darker], height, width, TestContext.Current.CancellationToken);
        float[] second = HostTensor.Read(device, three[1].Volume).Values;
        float[] ofMotion = three[1].Motion.Expression;
        Array.ForEach(three, face => face.Dispose());
        long held = device.AllocatedBytes;
        using SourceFace alone = encoder.Encode(image.Values, height, width, TestContext.Current.CancellationToken);

        Assert.Equal(second, HostTensor.Read(device, alone.Volume).Values);
        Assert.Equal(ofMotion, alone.Motion.Expression);
        AssertClose(motion, "exp", alone.Motion.Expression);
        Assert.Equal(held, device.AllocatedBytes);
    }

    private static void AssertClose(ReferenceCase reference, string output, float[] actual)
    {
        ParityResult result = ParityResult.Compare(output, actual, reference.Output(output).Values, reference.OutputStride(output), 1e-4);
        Assert.True(result.Passed, $"{output}: {result.RelativeError:E2}");
    }
}
