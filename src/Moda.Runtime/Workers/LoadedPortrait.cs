using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;

namespace Moda.Runtime.Workers;

/// <summary>
/// A portrait on an engine's device: what all its clips share. Each user holds a lease; with the last lease it goes back to the
/// engine, which releases the memory when no worker looks at it.
/// </summary>
internal sealed class LoadedPortrait
{
    private readonly Action<LoadedPortrait> reclaim;
    private readonly List<(int Worker, PasteBackMode Mode, HostPasting Pasting)> pastings = [];
    private int leases = 1;

    /// <summary>Takes over a portrait that was encoded, with one lease.</summary>
    /// <param name="portrait">The picture and its crop.</param>
    /// <param name="face">Its volumes; owned from now on.</param>
    /// <param name="ground">What a device pastes into; owned from now on. Null where pasting happens on the host.</param>
    /// <param name="statistics">What motion is normalised by.</param>
    /// <param name="reclaim">Takes it back after the last lease.</param>
    public LoadedPortrait(Portrait portrait, SourceFace face, PasteGround? ground, MotionStatistics statistics, Action<LoadedPortrait> reclaim)
    {
        this.reclaim = reclaim;
        Portrait = portrait;
        Face = face;
        Ground = ground;
        Source = SourceKeypoints.From(face.Motion);
        KeypointsInImage = Source.Transform();
        PreviousMotion = PreviousMotion.From(Source, statistics);
        OpeningLandmarks = portrait.OpeningLandmarks is { } landmarks ? landmarks.Points.ToArray() : [];
        Posed = new PosedFace(Source, OpeningLandmarks);
    }

    /// <summary>The picture and its crop.</summary>
    public Portrait Portrait { get; }

    /// <summary>Its volumes.</summary>
    public SourceFace Face { get; }

    /// <summary>What a device pastes into; null where pasting happens on the host.</summary>
    public PasteGround? Ground { get; }

    /// <summary>Its keypoints as the motion extractor read them.</summary>
    public SourceKeypoints Source { get; }

    /// <summary>[21, 3]: its keypoints as they stand in the image.</summary>
    public float[] KeypointsInImage { get; }

    /// <summary>The motion that a clip goes on from.</summary>
    public PreviousMotion PreviousMotion { get; }

    /// <summary>203 or 68 landmarks that eyes' and lips' openings are read from, or none.</summary>
    public Vector2[] OpeningLandmarks { get; }

    /// <summary>Its face under sliders.</summary>
    public PosedFace Posed { get; }

    /// <summary>Bytes of device memory.</summary>
    public long DeviceBytes => Face.ByteLength + (Ground?.ByteLength ?? 0);

    /// <summary>Bytes of host memory: the picture and its crop.</summary>
    public long HostBytes => Portrait.Image.Pixels.Length + Portrait.Crop.Image.Pixels.Length;

    /// <summary>Takes one more lease.</summary>
    /// <returns>False where the last lease has ended.</returns>
    public bool TryLease()
    {
        int seen = Volatile.Read(ref leases);
        while (seen > 0)
        {
            int found = Interlocked.CompareExchange(ref leases, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Ends a lease.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref leases) == 0)
        {
            reclaim(this);
        }
    }

    /// <summary>What pastes its frames on the host, for the thread of one worker.</summary>
    /// <param name="worker">The worker's number.</param>
    /// <param name="mode">How.</param>
    /// <param name="create">Makes it.</param>
    public HostPasting PastingOn(int worker, PasteBackMode mode, Func<HostPasting> create)
    {
        lock (pastings)
        {
            foreach ((int Worker, PasteBackMode Mode, HostPasting Pasting) made in pastings)
            {
                if (made.Worker == worker && made.Mode == mode)
                {
                    return made.Pasting;
                }
            }
        }

        HostPasting pasting = create();
        lock (pastings)
        {
            pastings.Add((worker, mode, pasting));
        }

        return pasting;
    }

    /// <summary>Releases the device's memory, when no worker uses it any more.</summary>
    public void Free()
    {
        Face.Dispose();
        Ground?.Dispose();
    }
}
