using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.Libraries;

/// <summary>
/// The functions of one native library. This is the one place where a status becomes an exception;
/// nothing here ever ends the process.
/// </summary>
internal abstract class NativeApi
{
    /// <summary>The name and meaning of a status, as the library gives them.</summary>
    protected abstract (string Name, string Meaning) Describe(int status);

    /// <summary>Throws unless a call succeeded. Costs one comparison when it did.</summary>
    /// <param name="status">What the call returned.</param>
    /// <param name="call">The function's name.</param>
    /// <param name="device">The device it was for, if there was one.</param>
    /// <exception cref="CudaException">The call failed.</exception>
    public void Check(int status, string call, string? device = null)
    {
        if (status != 0)
        {
            Throw(status, call, device);
        }
    }

    /// <summary>The exception for a call that failed; for callers that have more to tell than its name.</summary>
    /// <param name="status">What the call returned.</param>
    /// <param name="call">The function's name.</param>
    /// <param name="device">The device it was for, if there was one.</param>
    /// <param name="details">A sentence on what was being done: sizes, shapes, launch configuration.</param>
    public CudaException Failure(int status, string call, string? device, string? details)
    {
        (string name, string meaning) = Describe(status);
        return new CudaException(call, status, name, meaning, device, details);
    }

    /// <summary>Reads a zero-terminated string that belongs to the library.</summary>
    protected static unsafe string ReadString(byte* text, string absent) =>
        text is null ? absent : Marshal.PtrToStringUTF8((nint)text) ?? absent;

    [DoesNotReturn]
    private void Throw(int status, string call, string? device) => throw Failure(status, call, device, details: null);
}
