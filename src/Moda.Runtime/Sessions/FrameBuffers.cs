using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;

namespace Moda.Runtime.Sessions;

/// <summary>The size of a clip's frames, and buffers for them.</summary>
/// <param name="portrait">The picture that speaks.</param>
/// <param name="pasteBack">How faces are put back into it.</param>
internal readonly struct FrameBuffers(Portrait portrait, PasteBackMode pasteBack)
{
    /// <summary>Columns of a frame: those of the picture, or of the crop where that is the frame.</summary>
    public int Width => pasteBack == PasteBackMode.None ? FaceCrop.SourceSize : portrait.Image.Width;

    /// <summary>Rows of a frame.</summary>
    public int Height => pasteBack == PasteBackMode.None ? FaceCrop.SourceSize : portrait.Image.Height;

    /// <summary>Bytes of a buffer.</summary>
    public int ByteLength => Width * Height * RgbImage.Channels;

    /// <summary>What the frames of a clip have in common.</summary>
    public static VideoFormat FormatOf(Portrait portrait, PasteBackMode pasteBack, FrameRate rate)
    {
        var buffers = new FrameBuffers(portrait, pasteBack);
        return new VideoFormat(buffers.Width, buffers.Height, rate);
    }

    /// <summary>Makes a buffer, [height, width, 3]. It holds the picture where frames show it: pasting then writes only what moves.</summary>
    public byte[] Create()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ByteLength);
        if (pasteBack != PasteBackMode.None)
        {
            portrait.Image.Pixels.CopyTo(buffer, 0);
        }

        return buffer;
    }
}
