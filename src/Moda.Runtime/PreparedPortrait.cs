using Moda.Runtime.Faces;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <summary>
/// A portrait on an engine's device, prepared once for any number of clips. Several threads may use it at once; the caller disposes it.
/// </summary>
/// <remarks>
/// It may be disposed at any time, also after the engine: clips that have begun keep what they need of it. One that is never disposed is
/// released by the garbage collector, or with the engine.
/// </remarks>
public sealed class PreparedPortrait : IDisposable
{
    private readonly LoadedPortrait loaded;
    private int disposed;

    /// <summary>Takes over the first lease.</summary>
    internal PreparedPortrait(TalkingHeadEngine engine, LoadedPortrait loaded)
    {
        Engine = engine;
        this.loaded = loaded;
    }

    /// <summary>Ends the lease of a portrait that was never disposed.</summary>
    ~PreparedPortrait() => Release();

    /// <summary>The picture and its crop.</summary>
    public Portrait Portrait => loaded.Portrait;

    /// <summary>
    /// The mean opening of its eyes, height over width, where a slider for <see cref="Options.FacePose.EyeOpening"/> stands first; null where it
    /// is not known.
    /// </summary>
    public double? EyeOpening => loaded.Posed.EyeOpening;

    /// <summary>
    /// The opening of its lips, height over width, where a slider for <see cref="Options.FacePose.LipOpening"/> stands first; null where it is
    /// not known.
    /// </summary>
    public double? LipOpening => loaded.Posed.LipOpening;

    /// <summary>Bytes of device memory that it takes.</summary>
    public long DeviceBytes => loaded.DeviceBytes;

    /// <summary>The engine that prepared it.</summary>
    internal TalkingHeadEngine Engine { get; }

    /// <summary>Releases it. Its memory is freed when the last clip that uses it has ended.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>A lease for a clip.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal LoadedPortrait Lease()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0 || !loaded.TryLease(), this);
        return loaded;
    }

    /// <summary>A lease of each of several portraits: all of them, or none.</summary>
    /// <exception cref="ObjectDisposedException">A portrait was disposed.</exception>
    internal static IReadOnlyList<LoadedPortrait> LeaseAll(IEnumerable<PreparedPortrait> portraits)
    {
        var leased = new List<LoadedPortrait>();
        try
        {
            foreach (PreparedPortrait portrait in portraits)
            {
                leased.Add(portrait.Lease());
            }

            return leased;
        }
        catch
        {
            leased.ForEach(portrait => portrait.Release());
            throw;
        }
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            loaded.Release();
        }
    }
}
