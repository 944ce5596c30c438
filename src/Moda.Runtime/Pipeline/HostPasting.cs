using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Runtime;

/// <summary>Pasting back on the host, by any mode.</summary>
internal sealed class HostPasting : IFramePasting
{
    private readonly FrameRenderer renderer;
    private readonly Action<int, RgbImage>? cropRendered;
    private readonly PasteBack pasteBack;
    private readonly FaceMasks? masks;
    private readonly byte[] crops;

    /// <summary>Prepares pasting.</summary>
    /// <param name="renderer">What renders the batches.</param>
    /// <param name="portrait">What is pasted into.</param>
    /// <param name="mode">How.</param>
    /// <param name="parser">Finds the face of a crop, for <see cref="PasteBackMode.FaceMask"/>; owned from now on. Else null.</param>
    /// <param name="cropRendered">Shown each crop, by its place in the batch, before it is pasted; null for nobody.</param>
    public HostPasting(FrameRenderer renderer, Portrait portrait, PasteBackMode mode, FaceParser? parser, Action<int, RgbImage>? cropRendered)
    {
        this.renderer = renderer;
        this.cropRendered = cropRendered;
        pasteBack = new PasteBack(portrait.Image, portrait.Crop.CropToImage, renderer.FrameWidth, mode);
        masks = parser is null ? null : new FaceMasks(parser, portrait.Crop.Image);
        crops = new byte[renderer.BatchSize * renderer.FrameBytes];
    }

    /// <inheritdoc/>
    public void Begin(int count, CancellationToken cancellationToken) => renderer.Read(crops.AsSpan(0, count * renderer.FrameBytes));

    /// <inheritdoc/>
    public void Paste(int place, Memory<byte> frame, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> crop = crops.AsSpan(place * renderer.FrameBytes, renderer.FrameBytes);
        cropRendered?.Invoke(place, new RgbImage(renderer.FrameWidth, renderer.FrameHeight, crop.ToArray()));
        pasteBack.Paste(crop, frame, masks is null ? default : masks.Compute(crop, cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => masks?.Dispose();

    /// <summary>The masks of frames: where the portrait's face or the frame's face is.</summary>
    private sealed class FaceMasks : IDisposable
    {
        private readonly FaceParser parser;
        private readonly FaceMask shape;
        private readonly byte[] labels;
        private readonly byte[] portraitMask;
        private readonly byte[] mask;

        public FaceMasks(FaceParser parser, RgbImage portraitCrop)
        {
            this.parser = parser;
            shape = new FaceMask(portraitCrop.Width, portraitCrop.Height);
            labels = new byte[portraitCrop.Width * portraitCrop.Height];
            portraitMask = new byte[labels.Length];
            mask = new byte[labels.Length];
            parser.Parse(portraitCrop.Pixels, labels);
            shape.FromLabels(labels, portraitMask);
        }

        public ReadOnlySpan<byte> Compute(ReadOnlySpan<byte> crop, CancellationToken cancellationToken)
        {
            parser.Parse(crop, labels, cancellationToken);
            shape.FromLabels(labels, mask);
            FaceMask.Unite(mask, portraitMask);
            return mask;
        }

        public void Dispose() => parser.Dispose();
    }
}
