using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Rendering;
using Moda.Runtime.Options;

namespace Moda.Runtime.Workers;

/// <summary>
/// Renders batches of frames and pastes them back, on a queue of the device: of several workers one computes while the frames of another are
/// copied and pasted. Planned when it is created. One thread at a time.
/// </summary>
internal sealed class RenderWorker : IDisposable
{
    private readonly int number;
    private readonly Device device;
    private readonly RenderingNetworks networks;
    private readonly FramePass renderer;
    private readonly PastingPass? devicePasting;

    // For each place of a batch: the crop, [side, side, 3], and what pastes it where it belongs to a frame of a video.
    private readonly byte[]?[] crops;
    private readonly HostPasting?[] videoPastings;
    private ParsingPass? parser;

    /// <summary>Plans rendering.</summary>
    /// <param name="number">Tells the workers of an engine apart.</param>
    /// <param name="device">The worker's queue; the caller owns it.</param>
    /// <param name="networks">The networks.</param>
    /// <param name="volume">The shape of the portraits' feature volumes.</param>
    /// <param name="batchSize">Frames that are rendered at once.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left; a smaller batch needs less.</exception>
    public RenderWorker(int number, Device device, RenderingNetworks networks, Shape volume, int batchSize)
    {
        this.number = number;
        this.device = device;
        this.networks = networks;
        renderer = new FramePass(device, networks.Warping, networks.Generator, volume, MotionLayout.KeypointCount, batchSize);
        try
        {
            // What the host need not do itself belongs on a device that works beside it.
            devicePasting = PastingPass.Suits(device) ? new PastingPass(device, renderer.FrameWidth, batchSize) : null;
        }
        catch
        {
            renderer.Dispose();
            throw;
        }

        crops = new byte[batchSize][];
        videoPastings = new HostPasting[batchSize];
    }

    /// <summary>Frames of a whole batch.</summary>
    public int BatchSize => renderer.BatchSize;

    /// <summary>The side of rendered crops, in pixels.</summary>
    public int CropSide => renderer.FrameWidth;

    /// <summary>The sizes of batches that there are forwards for, largest first.</summary>
    public IEnumerable<int> PlannedSizes => renderer.PlannedSizes;

    /// <summary>Bytes of device memory that the worker holds besides the networks' parameters.</summary>
    public long DeviceBytes => renderer.ArenaBytes + (devicePasting?.ByteLength ?? 0);

    /// <summary>Renders a batch, which is then finished frame by frame.</summary>
    /// <param name="frames">1 to <see cref="BatchSize"/> frames of any portraits.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void Render(ReadOnlySpan<FrameOrder> frames, CancellationToken cancellationToken)
    {
        long largest = 0;
        for (int place = 0; place < frames.Length; place++)
        {
            LoadedPortrait portrait = frames[place].Portrait;
            renderer.Set(place, portrait.Face, portrait.KeypointsInImage, frames[place].Driving.Span);
            largest = PastesOnDevice(frames[place]) ? Math.Max(largest, portrait.Ground!.Background.Shape.ElementCount) : largest;
        }

        devicePasting?.Reserve(largest);
        renderer.Render(frames.Length, cancellationToken);
        for (int place = 0; place < frames.Length; place++)
        {
            if (PastesOnDevice(frames[place]))
            {
                devicePasting!.Queue(place, renderer.Images.Slice(place, 1), frames[place].Portrait.Ground!);
            }
        }

        device.Synchronize();
    }

    /// <summary>Brings a frame of the batch that was rendered last to the host: finished, or as a crop that is still to be pasted.</summary>
    /// <param name="place">Its place in the batch.</param>
    /// <param name="frame">What was given for that place; its pixels are written where it is finished.</param>
    /// <returns>Whether it is finished.</returns>
    public bool Read(int place, in FrameOrder frame)
    {
        if (PastesOnDevice(frame))
        {
            devicePasting!.Read(place, frame.Portrait.Ground!, frame.Pixels);
            return true;
        }

        if (frame is { PasteBack: PasteBackMode.None, Observer: null })
        {
            renderer.Read(place, frame.Pixels);
            return true;
        }

        byte[] crop = crops[place] ??= new byte[renderer.FrameBytes];
        renderer.Read(place, crop);
        frame.Observer?.ReceiveCrop(frame.Index, crop, renderer.FrameWidth);
        return false;
    }

    /// <summary>
    /// Whether a frame may be pasted while others of its batch are: it has all it needs to itself. Frames of one portrait share what was
    /// prepared for it, and those that need a face parser share that.
    /// </summary>
    public static bool PastesBesideOthers(in FrameOrder frame) => frame is { IsOfVideo: true, PasteBack: not PasteBackMode.FaceMask };

    /// <summary>Pastes a frame whose crop was read. Frames for which <see cref="PastesBesideOthers"/> holds may be pasted by several threads.</summary>
    /// <param name="place">Its place in the batch.</param>
    /// <param name="frame">What was given for that place; its pixels are written.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void Paste(int place, in FrameOrder frame, CancellationToken cancellationToken)
    {
        HostPasting pasting = frame.IsOfVideo ? VideoPastingAt(place, frame) : PastingOf(frame);
        pasting.Paste(crops[place], frame.Pixels, frame.IsOneOfSeveral, cancellationToken);
    }

    /// <summary>Forgets a portrait whose memory is about to be released.</summary>
    public void Forget(LoadedPortrait portrait) => renderer.Forget(portrait.Face);

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        parser?.Dispose();
        devicePasting?.Dispose();
        renderer.Dispose();
    }

    // A device pastes into whole rows of its own copy of the picture, which knows nothing of other faces.
    private bool PastesOnDevice(in FrameOrder frame) => devicePasting is not null
        && frame is { PasteBack: PasteBackMode.Feather, Observer: null, IsOneOfSeveral: false, Portrait.Ground: not null };

    // What was prepared for the last frame at that place serves the next one of the same size.
    private HostPasting VideoPastingAt(int place, in FrameOrder frame)
    {
        Portrait picture = frame.Portrait.Portrait;
        if (videoPastings[place] is { } kept && kept.Suits(picture, frame.PasteBack))
        {
            kept.Aim(picture);
            return kept;
        }

        return videoPastings[place] = CreatePasting(frame);
    }

    private HostPasting PastingOf(FrameOrder frame) => frame.Portrait.PastingOn(number, frame.PasteBack, () => CreatePasting(frame));

    private HostPasting CreatePasting(in FrameOrder frame) => new(
        frame.Portrait.Portrait, renderer.FrameWidth, frame.PasteBack, frame.PasteBack == PasteBackMode.FaceMask ? Parser() : null);

    private ParsingPass Parser() => parser ??= new ParsingPass(device, networks.FaceParser!, renderer.FrameHeight, renderer.FrameWidth);
}
