namespace Moda.Runtime.Imaging;

/// <summary>Arrays for images of changing size. They grow and never shrink.</summary>
internal static class GrowingBuffer
{
    /// <summary>Makes an array long enough. When the array grows, its content is lost.</summary>
    /// <param name="buffer">The array.</param>
    /// <param name="length">The needed number of elements. A new array gets an eighth more, because the next image may be slightly larger.</param>
    public static void Fit<TElement>(ref TElement[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<TElement>(length + (length / 8));
        }
    }
}
