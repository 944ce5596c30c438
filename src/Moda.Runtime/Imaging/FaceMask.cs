namespace Moda.Runtime.Imaging;

/// <summary>
/// Computes the mask of a face from BiSeNet's labels: skin, brows, eyes, glasses, ears, nose and mouth. Holes and specks are removed, and
/// the mask is enlarged. Buffers are created once.
/// </summary>
internal sealed class FaceMask
{
    /// <summary>The radius of the reference's structuring element, a square of 13 x 13 pixels.</summary>
    private const int ElementRadius = 6;

    private const byte FirstFaceLabel = 1;
    private const byte LastFaceLabel = 13;

    private readonly int width;
    private readonly int height;
    private readonly byte[] scratch;

    /// <summary>Creates buffers for label maps of one size.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    public FaceMask(int width, int height)
    {
        this.width = width;
        this.height = height;
        scratch = new byte[Morphology.ScratchLength(width, height, 4 * ElementRadius)];
    }

    /// <summary>Computes the mask of a label map. The mask is opened twice, closed twice, and dilated three times.</summary>
    /// <param name="labels">[height, width]: the classes of CelebAMask-HQ, 0 .. 18.</param>
    /// <param name="mask">[height, width]: 1 on the face, 0 elsewhere.</param>
    public void FromLabels(ReadOnlySpan<byte> labels, Span<byte> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, width * height, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, width * height, nameof(mask));
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = labels[i] is >= FirstFaceLabel and <= LastFaceLabel ? (byte)1 : (byte)0;
        }
        // Opening ends with a dilation, and closing begins with one, so both are done at once.
        Morphology.Erode(mask, width, height, 2 * ElementRadius, scratch);
        Morphology.Dilate(mask, width, height, 4 * ElementRadius, scratch);
        Morphology.Erode(mask, width, height, 2 * ElementRadius, scratch);
        Morphology.Dilate(mask, width, height, 3 * ElementRadius, scratch);
    }

    /// <summary>Computes the union of two masks, so that both the portrait's face and the frame's face are replaced.</summary>
    /// <param name="mask">Values 0 or 1. It receives the result.</param>
    /// <param name="other">Values 0 or 1, of the same length.</param>
    public static void Unite(Span<byte> mask, ReadOnlySpan<byte> other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Length, mask.Length, nameof(other));
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] |= other[i];
        }
    }
}
