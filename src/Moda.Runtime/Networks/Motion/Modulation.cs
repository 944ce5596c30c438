using Moda.Kernels;

namespace Moda.Runtime.Networks.Motion;

/// <summary>
/// adaLN's vectors for one residual branch: <c>x + gate branch(norm(x) (1 + scale) + shift)</c>. Each is [B, C].
/// </summary>
internal readonly struct Modulation
{
    private readonly Tensor vectors;
    private readonly int channels;
    private readonly int start;

    /// <summary>Views a branch's vectors.</summary>
    /// <param name="vectors">[B, n C], of which the branch's lie side by side: shift, scale, gate.</param>
    /// <param name="channels">C.</param>
    /// <param name="branch">Which branch.</param>
    public Modulation(Tensor vectors, int channels, int branch)
    {
        this.vectors = vectors;
        this.channels = channels;
        start = branch * VectorsPerBranch;
    }

    /// <summary>Shift, scale and gate.</summary>
    public const int VectorsPerBranch = 3;

    /// <summary>Normalises and modulates [T, B, C].</summary>
    public Tensor Normalise(Workspace workspace, Tensor tokens) =>
        workspace.AdaRmsNorm(tokens, shift: Vector(0), scale: Vector(1), NormEpsilon);

    /// <summary>Normalisation and modulation of [T, B, C], for <see cref="Normalise(Workspace, ReadOnlySpan{AdaRmsNormPart})"/>.</summary>
    public AdaRmsNormPart Part(Tensor tokens, Tensor output) => new(tokens, Shift: Vector(0), Scale: Vector(1), output);

    /// <summary>Normalises and modulates the tokens of several streams.</summary>
    public static void Normalise(Workspace workspace, ReadOnlySpan<AdaRmsNormPart> streams) => workspace.AdaRmsNorm(streams, NormEpsilon);

    /// <summary>How a branch's last linear layer adds to the tokens that the branch began with.</summary>
    public Epilogue Residual(Tensor tokens) => new() { Gate = Vector(2), Residual = tokens };

    private const float NormEpsilon = 1e-6f;

    private Tensor Vector(int index) => vectors.ChannelSlice((start + index) * channels, channels);
}
