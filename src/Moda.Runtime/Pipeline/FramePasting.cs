using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.FaceParsing;

namespace Moda.Runtime;

/// <summary>Pasting back on the host, by whichever mode a clip was asked for. One object serves one thread at a time.</summary>
internal sealed class FramePasting : IDisposable
{
    private readonly PasteBack pasteBack;
    private readonly FaceMasks? masks;

    /// <summary>Prepares pasting.</summary>
    /// <param name="portrait">What is pasted into.</param>
    /// <param name="cropSize">The side of the rendered crops.</param>
    /// <param name="mode">How.</param>
    /// <param name="parser">Finds the face of a crop, for <see cref="PasteBackMode.FaceMask"/>; owned from now on. Else null.</param>
    public FramePasting(Portrait portrait, int cropSize, PasteBackMode mode, FaceParser? parser)
    {
        pasteBack = new PasteBack(portrait.Image, portrait.Crop.CropToImage, cropSize, mode);
        masks = parser is null ? null : new FaceMasks(parser, portrait.Crop.Image);
    }

    /// <summary>Makes one frame.</summary>
    /// <param name="crop">[cropSize, cropSize, 3].</param>
    /// <param name="frame">[height, width, 3] of the frame; written wholly.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void Paste(ReadOnlySpan<byte> crop, Memory<byte> frame, CancellationToken cancellationToken) =>
        pasteBack.Paste(crop, frame, masks is null ? default : masks.Compute(crop, cancellationToken));

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
