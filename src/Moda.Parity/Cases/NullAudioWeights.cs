using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>
/// The motion generator's weights with the <c>null_audio_feat</c> that the case stores: a checkpoint may lack that tensor, and the reference
/// then draws one.
/// </summary>
/// <param name="original">The weights of the motion generator.</param>
/// <param name="nullAudio">What stands for one layer of the audio embedding where there is no audio.</param>
internal sealed class NullAudioWeights(ITensorSource original, HostTensor nullAudio) : ITensorSource
{
    /// <summary>The network that has it.</summary>
    public const string Module = "motion_generator";

    private const string Tensor = "null_audio_feat";

    public string Description => original.Description;

    public IReadOnlyCollection<string> Names { get; } = [.. original.Names.Append(Tensor).Distinct(StringComparer.Ordinal)];

    /// <summary>The weights of a case with its <c>null_audio_feat</c>.</summary>
    public static NullAudioWeights Of(ReferenceCase reference) =>
        new(reference.Weights.Network(Module), reference.Input(Tensor));

    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        if (name != Tensor)
        {
            return original.TryGetShape(name, out shape);
        }

        shape = nullAudio.Extents;
        return true;
    }

    public void Read(string name, Span<float> destination)
    {
        if (name == Tensor)
        {
            nullAudio.Values.CopyTo(destination);
        }
        else
        {
            original.Read(name, destination);
        }
    }

    public void ReadRange(string name, int first, Span<float> destination)
    {
        if (name == Tensor)
        {
            nullAudio.Values.AsSpan(first, destination.Length).CopyTo(destination);
        }
        else
        {
            original.ReadRange(name, first, destination);
        }
    }
}
