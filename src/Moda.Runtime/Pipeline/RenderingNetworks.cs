using Moda.Kernels;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Rendering;
using Moda.Weights;

namespace Moda.Runtime;

/// <summary>The networks that see pixels: those of a portrait, of a frame, and of pasting back.</summary>
/// <param name="Appearance"><c>appearance_feature_extractor</c>.</param>
/// <param name="Motion"><c>motion_extractor</c>.</param>
/// <param name="Warping"><c>warping_module</c>.</param>
/// <param name="Generator"><c>spade_generator</c>.</param>
/// <param name="FaceParser"><c>face_parser</c>; null where the weights lack it.</param>
internal sealed record RenderingNetworks(
    AppearanceExtractor Appearance, MotionExtractor Motion, WarpingNetwork Warping, SpadeGenerator Generator, BiSeNet? FaceParser)
{
    /// <summary>Loads them.</summary>
    /// <param name="weights">The weights; they may be disposed afterwards.</param>
    /// <param name="store">Where their parameters are put.</param>
    /// <param name="loaded">Told after each network.</param>
    /// <exception cref="TensorNotFoundException">A network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than its network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    public static RenderingNetworks Load(WeightSet weights, ParameterStore store, Action<string> loaded)
    {
        return new RenderingNetworks(
            Load("appearance_feature_extractor", parameters => new AppearanceExtractor(parameters)),
            Load("motion_extractor", parameters => new MotionExtractor(parameters)),
            Load("warping_module", parameters => new WarpingNetwork(parameters)),
            Load("spade_generator", parameters => new SpadeGenerator(parameters)),
            weights.TryGetNetwork("face_parser", out _) ? Load("face_parser", parameters => new BiSeNet(parameters)) : null);

        TNetwork Load<TNetwork>(string module, Func<ParameterLoader, TNetwork> create)
        {
            TNetwork network = create(new ParameterLoader(weights.Network(module), store));
            loaded(module);
            return network;
        }
    }
}
