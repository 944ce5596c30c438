using Moda.Kernels;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Rendering;
using Moda.Weights;

namespace Moda.Runtime.Workers;

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
    /// <param name="networks">Loads each of them.</param>
    /// <param name="store">Where their parameters are put.</param>
    /// <exception cref="TensorNotFoundException">A network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than its network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    public static RenderingNetworks Load(NetworkLoader networks, ParameterStore store) => new(
        networks.Load("appearance_feature_extractor", store, parameters => new AppearanceExtractor(parameters)),
        networks.Load("motion_extractor", store, parameters => new MotionExtractor(parameters)),
        networks.Load("warping_module", store, parameters => new WarpingNetwork(parameters)),
        networks.Load("spade_generator", store, parameters => new SpadeGenerator(parameters)),
        networks.Has("face_parser") ? networks.Load("face_parser", store, parameters => new BiSeNet(parameters)) : null);
}
