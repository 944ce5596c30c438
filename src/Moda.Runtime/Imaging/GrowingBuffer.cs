namespace Moda.Runtime.Imaging;

/// <summary>Arrays that serve images of changing size: they grow and never shrink.</summary>
internal static class GrowingBuffer
{
    /// <summary>Makes an array long enough; what it held is lost where it grows.</summary>
    /// <param name="buffer">The array.</param>
    /// <param name="length">Elements that are needed. An array that is made gets an eighth more, as the next image may be a little larger.</param>
    public static void Fit<TElement>(ref TElement[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<TElement>(length + (length / 8));
        }
    }
}
