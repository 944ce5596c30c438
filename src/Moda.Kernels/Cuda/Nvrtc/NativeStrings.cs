using System.Runtime.InteropServices;

namespace Moda.Kernels.Cuda.Nvrtc;

/// <summary>Texts as a C library wants them: an array of addresses of zero-terminated UTF-8.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int count;

    /// <summary>Copies texts.</summary>
    public NativeStrings(IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        count = all.Length;
        First = (byte**)NativeMemory.Alloc((nuint)Math.Max(count, 1), (nuint)sizeof(byte*));
        for (int index = 0; index < count; index++)
        {
            First[index] = (byte*)Marshal.StringToCoTaskMemUTF8(all[index]);
        }
    }

    /// <summary>The array.</summary>
    public byte** First { get; }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        for (int index = 0; index < count; index++)
        {
            Marshal.FreeCoTaskMem((nint)First[index]);
        }

        NativeMemory.Free(First);
    }
}
