using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// The adaLN vectors of one residual branch: <c>x + gate branch(norm(x) (1 + scale) + shift)</c>. Each vector is [B, C].
/// </summary>
internal readonly struct Modulation
{
    private readonly Tensor vectors;
    private readonly int channels;
    private readonly int start;

    /// <summary>Creates a view of a branch's vectors.</summary>
    /// <param name="vectors">[B, n C]. Each branch has three adjacent vectors: shift, scale, gate.</param>
    /// <param name="channels">C.</param>
    /// <param name="branch">The index of the branch.</param>
    public Modulation(Tensor vectors, int channels, int branch)
    {
        this.vectors = vectors;
        this.channels = channels;
        start = branch * VectorsPerBranch;
    }

    /// <summary>The number of vectors of a branch: shift, scale and gate.</summary>
    public const int VectorsPerBranch = 3;

    /// <summary>Normalises and modulates [T, B, C].</summary>
    public Tensor Normalise(Workspace workspace, Tensor tokens) =>
        workspace.AdaRmsNorm(tokens, shift: Vector(0), scale: Vector(1), NormEpsilon);

    /// <summary>
    /// Describes the normalisation and modulation of [T, B, C], for <see cref="Normalise(Workspace, ReadOnlySpan{AdaRmsNormPart})"/>.
    /// </summary>
    public AdaRmsNormPart Part(Tensor tokens, Tensor output) => new(tokens, Shift: Vector(0), Scale: Vector(1), output);

    /// <summary>Normalises and modulates the tokens of several streams.</summary>
    public static void Normalise(Workspace workspace, ReadOnlySpan<AdaRmsNormPart> streams) => workspace.AdaRmsNorm(streams, NormEpsilon);

    /// <summary>The epilogue of a branch's last linear layer: its output times the gate is added to the tokens.</summary>
    public Epilogue Residual(Tensor tokens) => new() { Gate = Vector(2), Residual = tokens };

    private const float NormEpsilon = 1e-6f;

    private Tensor Vector(int index) => vectors.ChannelSlice((start + index) * channels, channels);
}
