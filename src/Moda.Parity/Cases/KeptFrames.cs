namespace Moda.Parity.Cases;

/// <summary>The frames of a clip that a case has images of.</summary>
internal static class KeptFrames
{
    /// <summary>Their numbers.</summary>
    public static IReadOnlySet<int> Of(ReferenceCase reference) =>
        (reference.Parameter("frames_kept") ?? throw new KeyNotFoundException("its metadata has no 'frames_kept'."))
        .EnumerateArray().Select(index => index.GetInt32()).ToHashSet();
}
