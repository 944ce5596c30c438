namespace Moda.Runtime.Imaging;

/// <summary>
/// From BiSeNet's labels to the mask of a face: skin, brows, eyes, glasses, ears, nose and mouth, without holes and
/// specks, grown outwards. Buffers are made once.
/// </summary>
internal sealed class FaceMask
{
    /// <summary>The reference's structuring element is a square of 13.</summary>
    private const int ElementRadius = 6;

    private const byte FirstFaceLabel = 1;
    private const byte LastFaceLabel = 13;

    private readonly int width;
    private readonly int height;
    private readonly byte[] scratch;

    /// <summary>Makes buffers for label maps of one size.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    public FaceMask(int width, int height)
    {
        this.width = width;
        this.height = height;
        scratch = new byte[Morphology.ScratchLength(width, height, 4 * ElementRadius)];
    }

    /// <summary>Computes the mask of a label map: opened twice, closed twice, dilated three times.</summary>
    /// <param name="labels">[height, width], 0 .. 18, of CelebAMask-HQ.</param>
    /// <param name="mask">[height, width]: 1 on the face, 0 elsewhere.</param>
    public void FromLabels(ReadOnlySpan<byte> labels, Span<byte> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, width * height, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, width * height, nameof(mask));
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = labels[i] is >= FirstFaceLabel and <= LastFaceLabel ? (byte)1 : (byte)0;
        }
        // Opening ends with the dilation that closing begins with.
        Morphology.Erode(mask, width, height, 2 * ElementRadius, scratch);
        Morphology.Dilate(mask, width, height, 4 * ElementRadius, scratch);
        Morphology.Erode(mask, width, height, 2 * ElementRadius, scratch);
        Morphology.Dilate(mask, width, height, 3 * ElementRadius, scratch);
    }

    /// <summary>Adds one mask to another: the portrait's face and the frame's are both replaced.</summary>
    /// <param name="mask">0 or 1, changed in place.</param>
    /// <param name="other">0 or 1, as many.</param>
    public static void Unite(Span<byte> mask, ReadOnlySpan<byte> other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Length, mask.Length, nameof(other));
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] |= other[i];
        }
    }
}
