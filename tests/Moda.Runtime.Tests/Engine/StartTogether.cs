using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Holds clips until each of them is about to ask for its first segment.</summary>
/// <param name="clips">How many.</param>
/// <param name="allAreThere">Called before they go on.</param>
internal sealed class StartTogether(int clips, Action? allAreThere = null) : IDisposable
{
    private readonly Barrier barrier = new(clips, _ => allAreThere?.Invoke());

    /// <summary>The noise of a seed, which comes when all clips ask for it.</summary>
    public NoiseSource Noise(ulong seed) => (segment, noise) =>
    {
        if (segment == 0 && !barrier.SignalAndWait(TimeSpan.FromSeconds(60)))
        {
            throw new TimeoutException("A clip did not come.");
        }

        NoiseSources.Philox(seed)(segment, noise);
    };

    public void Dispose() => barrier.Dispose();
}
