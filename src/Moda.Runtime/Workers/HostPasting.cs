using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.FaceParsing;
using Moda.Runtime.Options;

namespace Moda.Runtime.Workers;

/// <summary>Pastes rendered crops back into a portrait on the host, by any mode. One thread at a time.</summary>
internal sealed class HostPasting
{
    private readonly BorderMode border;
    private readonly (int Width, int Height) size;
    private readonly PasteBack pasteBack;
    private readonly FaceMasks? masks;

    /// <summary>Prepares pasting.</summary>
    /// <param name="portrait">What is pasted into.</param>
    /// <param name="side">The side of rendered crops, in pixels.</param>
    /// <param name="mode">How.</param>
    /// <param name="parser">Finds the face of a crop, for <see cref="PasteBackMode.FaceMask"/>; the caller owns it. Else null.</param>
    public HostPasting(Portrait portrait, int side, PasteBackMode mode, ParsingPass? parser)
    {
        border = portrait.Border;
        size = (portrait.Image.Width, portrait.Image.Height);
        pasteBack = new PasteBack(portrait.Image, portrait.Crop.CropToImage, side, mode, portrait.Border);
        masks = parser is null ? null : new FaceMasks(parser, portrait.Crop.Image);
    }

    /// <summary>Whether <see cref="Aim"/> may be called with a portrait.</summary>
    /// <param name="portrait">The portrait.</param>
    /// <param name="mode">How it is to be pasted into.</param>
    public bool Suits(Portrait portrait, PasteBackMode mode) =>
        mode == pasteBack.Mode && portrait.Border == border && size == (portrait.Image.Width, portrait.Image.Height);

    /// <summary>Takes another portrait and keeps the buffers.</summary>
    /// <param name="portrait">One that <see cref="Suits"/>.</param>
    public void Aim(Portrait portrait)
    {
        pasteBack.Aim(portrait.Image, portrait.Crop.CropToImage);
        masks?.Aim(portrait.Crop.Image);
    }

    /// <summary>Makes a frame.</summary>
    /// <param name="crop">[side, side, 3]: RGB bytes.</param>
    /// <param name="frame">[height, width, 3]; written wholly, unless it is kept.</param>
    /// <param name="keepsFrame">Whether the crop is pasted over what the frame holds, instead of over the portrait.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    public void Paste(ReadOnlySpan<byte> crop, Memory<byte> frame, bool keepsFrame, CancellationToken cancellationToken) =>
        pasteBack.Paste(crop, frame, masks is null ? default : masks.Compute(crop, cancellationToken), keepsFrame);

    /// <summary>The masks of frames: where the portrait's face or the frame's face is.</summary>
    private sealed class FaceMasks
    {
        private readonly ParsingPass parser;
        private readonly FaceMask shape;
        private readonly byte[] labels;
        private readonly byte[] portraitMask;
        private readonly byte[] mask;

        public FaceMasks(ParsingPass parser, RgbImage portraitCrop)
        {
            this.parser = parser;
            shape = new FaceMask(portraitCrop.Width, portraitCrop.Height);
            labels = new byte[portraitCrop.Width * portraitCrop.Height];
            portraitMask = new byte[labels.Length];
            mask = new byte[labels.Length];
            Aim(portraitCrop);
        }

        public void Aim(RgbImage portraitCrop)
        {
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
    }
}
