using System.Numerics;

namespace Moda.Runtime.Imaging;

/// <summary>
/// Erosion and dilation of grey images. Pixels outside the image are ignored (OpenCV's default border).
/// </summary>
/// <remarks>
/// The extremum over a run of n is built from runs of 1, 2, 4, ...; two overlapping runs of the longest length that fits cover n. The cost
/// grows with the logarithm of the element's side. Repeating a box k times equals one box of k times the radius.
/// </remarks>
internal static class Morphology
{
    private interface IExtremum
    {
        /// <summary>The value that does not change the extremum.</summary>
        static abstract byte Neutral { get; }

        static abstract Vector<byte> Of(Vector<byte> a, Vector<byte> b);

        static abstract byte Of(byte a, byte b);
    }

    /// <summary>The scratch bytes that a box of this radius needs.</summary>
    public static int ScratchLength(int width, int height, int radius) => (width + 2 * radius) * (height + 2 * radius);

    /// <summary>Replaces each pixel by the largest within a square.</summary>
    /// <param name="image">[height, width], changed in place.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="radius">The square's side is 2 radius + 1.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> bytes or more.</param>
    public static void Dilate(Span<byte> image, int width, int height, int radius, Span<byte> scratch) =>
        Box<Largest>(image, width, height, radius, scratch);

    /// <summary>Replaces each pixel by the smallest within a square. The parameters are those of <see cref="Dilate"/>.</summary>
    public static void Erode(Span<byte> image, int width, int height, int radius, Span<byte> scratch) =>
        Box<Smallest>(image, width, height, radius, scratch);

    /// <summary>The scratch bytes that an ellipse of this side needs.</summary>
    public static int EllipseScratchLength(int width, int height, int side) => (width + side) * height;

    /// <summary>Replaces each pixel by the smallest within an ellipse, which has the shape that OpenCV draws in a square of even side.</summary>
    /// <param name="image">[height, width].</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="side">The square's side, an even number. The ellipse reaches one pixel further up and left than down and right.</param>
    /// <param name="scratch"><see cref="EllipseScratchLength"/> bytes or more.</param>
    /// <param name="result">[height, width].</param>
    public static void ErodeByEllipse(ReadOnlySpan<byte> image, int width, int height, int side, Span<byte> scratch, Span<byte> result)
    {
        int radius = side / 2;
        int stride = width + side;
        Span<byte> padded = scratch[..(stride * height)];
        result.Fill(Smallest.Neutral);
        for (int distance = 0; distance <= radius; distance++)
        {
            // Rows at the same distance above and below the centre have runs of the same length.
            int before = (int)Math.Round(radius * Math.Sqrt((radius * radius - distance * distance) / (double)(radius * radius)));
            int after = Math.Min(before, side - radius - 1);
            Spread<Smallest>(image, padded, width, height, stride, radius);
            Slide<Smallest>(padded, 1, before + after + 1);
            CombineRows(-distance, padded, result);
            if (distance > 0 && distance < side - radius)
            {
                CombineRows(distance, padded, result);
            }

            void CombineRows(int dy, ReadOnlySpan<byte> runs, Span<byte> smallest)
            {
                for (int y = Math.Max(0, -dy); y < Math.Min(height, height - dy); y++)
                {
                    Combine<Smallest>(smallest.Slice(y * width, width), runs.Slice((y + dy) * stride + radius - before, width));
                }
            }
        }
    }

    private static void Box<TExtremum>(Span<byte> image, int width, int height, int radius, Span<byte> scratch)
        where TExtremum : struct, IExtremum
    {
        int window = 2 * radius + 1;

        int stride = width + 2 * radius;
        Span<byte> padded = scratch[..(stride * height)];
        Spread<TExtremum>(image, padded, width, height, stride, radius);
        Slide<TExtremum>(padded, 1, window);
        for (int y = 0; y < height; y++)
        {
            padded.Slice(y * stride, width).CopyTo(image[(y * width)..]);
        }

        padded = scratch[..(width * (height + 2 * radius))];
        padded.Fill(TExtremum.Neutral);
        image.CopyTo(padded[(radius * width)..]);
        Slide<TExtremum>(padded, width, window);
        padded[..image.Length].CopyTo(image);
    }

    /// <summary>Copies rows into the padded buffer, with neutral values at both ends of each row.</summary>
    private static void Spread<TExtremum>(ReadOnlySpan<byte> image, Span<byte> padded, int width, int height, int stride, int margin)
        where TExtremum : struct, IExtremum
    {
        padded.Fill(TExtremum.Neutral);
        for (int y = 0; y < height; y++)
        {
            image.Slice(y * width, width).CopyTo(padded[(y * stride + margin)..]);
        }
    }

    /// <summary>Replaces each value by the extremum of itself and the next window - 1 values, which lie unit positions apart.</summary>
    private static void Slide<TExtremum>(Span<byte> values, int unit, int window)
        where TExtremum : struct, IExtremum
    {
        int covered = 1;
        while (covered * 2 <= window)
        {
            Combine<TExtremum>(values, values[(covered * unit)..]);
            covered *= 2;
        }
        if (covered < window)
        {
            Combine<TExtremum>(values, values[((window - covered) * unit)..]);
        }
    }

    /// <summary>Combines values with others in ascending order. The others may be the same memory at a later position.</summary>
    private static void Combine<TExtremum>(Span<byte> values, ReadOnlySpan<byte> others)
        where TExtremum : struct, IExtremum
    {
        int count = Math.Min(values.Length, others.Length);
        int i = 0;
        for (; i + Vector<byte>.Count <= count; i += Vector<byte>.Count)
        {
            TExtremum.Of(new Vector<byte>(values[i..]), new Vector<byte>(others[i..])).CopyTo(values[i..]);
        }
        for (; i < count; i++)
        {
            values[i] = TExtremum.Of(values[i], others[i]);
        }
    }

    private readonly struct Largest : IExtremum
    {
        public static byte Neutral => byte.MinValue;

        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.Max(a, b);

        public static byte Of(byte a, byte b) => Math.Max(a, b);
    }

    private readonly struct Smallest : IExtremum
    {
        public static byte Neutral => byte.MaxValue;

        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.Min(a, b);

        public static byte Of(byte a, byte b) => Math.Min(a, b);
    }
}
