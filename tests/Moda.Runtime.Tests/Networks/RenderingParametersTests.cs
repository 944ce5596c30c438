using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Networks.Retargeting;
using Moda.Weights;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

/// <summary>A damaged checkpoint is refused when it is loaded, and the error names the tensor.</summary>
public sealed class RenderingParametersTests
{
    private static readonly Dictionary<string, Func<ParameterLoader, object>> Networks = new()
    {
        ["appearance_feature_extractor"] = parameters => new AppearanceExtractor(parameters),
        ["motion_extractor"] = parameters => new MotionExtractor(parameters),
        ["warping_module"] = parameters => new WarpingNetwork(parameters),
        ["spade_generator"] = parameters => new SpadeGenerator(parameters),
        ["stitching_retargeting"] = parameters => (
            new RetargetingNetwork(parameters["stitching"]),
            new RetargetingNetwork(parameters["lip"]),
            new RetargetingNetwork(parameters["eye"])),
    };

    /// <summary>The first layers' inputs: no other layer says how many channels they must have.</summary>
    private static readonly string[] FreeInputs =
    [
        "dense_motion_network.compress.weight",
        "fc.weight",
        "stitching.mlp.0.weight",
        "lip.mlp.0.weight",
        "eye.mlp.0.weight",
    ];

    public static TheoryData<string> Modules => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_missing_tensor_is_named(string module)
    {
        using Device device = new CpuDevice(threadCount: 1);
        var weights = new SyntheticWeights(WeightPreset.Tiny, module);

        foreach (string name in weights.Names)
        {
            using var store = new ParameterStore(device);
            TensorNotFoundException error = Assert.Throws<TensorNotFoundException>(
                () => Networks[module](new ParameterLoader(new AlteredWeights(weights, name, shape: null), store)));
            Assert.Equal(name, error.TensorName);
        }
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_tensor_of_another_shape_is_named(string module)
    {
        using Device device = new CpuDevice(threadCount: 1);
        var weights = new SyntheticWeights(WeightPreset.Tiny, module);

        foreach (string name in weights.Names.Except(FreeInputs))
        {
            using var store = new ParameterStore(device);
            Assert.True(weights.TryGetShape(name, out ReadOnlyMemory<int> shape));
            int[] wrong = shape.ToArray();
            wrong[wrong.Length > 1 ? 1 : 0]++;

            TensorMismatchException error = Assert.Throws<TensorMismatchException>(
                () => Networks[module](new ParameterLoader(new AlteredWeights(weights, name, wrong), store)));

            Assert.Equal(name, error.TensorName);
            Assert.Contains($"[{string.Join(", ", wrong)}]", error.Message);
        }
    }
}
