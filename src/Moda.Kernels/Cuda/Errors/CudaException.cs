using System.Globalization;
using Moda.Weights;

namespace Moda.Kernels.Cuda.Errors;

/// <summary>A call to the CUDA driver, NVRTC or cuBLASLt failed.</summary>
public sealed class CudaException : ModaException
{
    private const int OutOfMemoryStatus = 2;
    private const int NotFoundStatus = 500;
    private const int DestroyedStatus = 709;

    /// <summary>Describes a failed call.</summary>
    /// <param name="call">The function's name, for instance <c>cuMemAlloc_v2</c>.</param>
    /// <param name="status">What it returned.</param>
    /// <param name="statusName">The status' name, for instance <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</param>
    /// <param name="meaning">What the library says the status means.</param>
    /// <param name="device">The device, for instance <c>cuda:0 NVIDIA H200</c>; null where no device was involved yet.</param>
    /// <param name="details">What was being done: sizes, shapes, launch configuration; null when the call says it all.</param>
    public CudaException(string call, int status, string statusName, string meaning, string? device, string? details)
        : base(Compose(call, status, statusName, meaning, device, details))
    {
        Call = call;
        Status = status;
        StatusName = statusName;
        Device = device;
        Details = details;
    }

    /// <summary>The function that failed.</summary>
    public string Call { get; }

    /// <summary>What it returned.</summary>
    public int Status { get; }

    /// <summary>The name of the status.</summary>
    public string StatusName { get; }

    /// <summary>The device, or null where none was involved yet.</summary>
    public string? Device { get; }

    /// <summary>What was being done, or null.</summary>
    public string? Details { get; }

    /// <summary>Whether the device had too little memory left.</summary>
    public bool IsOutOfMemory =>
        (IsDriverStatus(StatusName) && Status == OutOfMemoryStatus) || StatusName == "CUBLAS_STATUS_ALLOC_FAILED";

    /// <summary>Whether a function, kernel or symbol of that name does not exist.</summary>
    public bool IsNotFound => IsDriverStatus(StatusName) && Status == NotFoundStatus;

    /// <summary>Whether the device context is lost; the process goes on. A new device works unless <see cref="IsProcessLost"/>.</summary>
    public bool IsContextLost => IsLoss(Status, StatusName);

    /// <summary>
    /// Whether CUDA gives this process no other context: after a kernel's fault (illegal address, hung launch, assertion) only another
    /// process can use the GPU, as the driver's documentation says of these statuses. What needs no GPU goes on.
    /// </summary>
    public bool IsProcessLost => IsContextLost && Status != DestroyedStatus;

    private static string Compose(
        string call, int status, string statusName, string meaning, string? device, string? details)
    {
        string on = device is null ? string.Empty : $" on {device}";
        string more = details is null ? string.Empty : $" {details}";
        string advice = !IsLoss(status, statusName) ? string.Empty
            : status == DestroyedStatus ? " The device context is lost: dispose the device and create a new one."
            : " The device context is lost, and CUDA gives this process no other: restart it, or go on with the CPU.";
        return string.Create(CultureInfo.InvariantCulture, $"{call} failed{on}: {statusName} ({status}), {meaning}.{more}{advice}");
    }

    private static bool IsDriverStatus(string statusName) => statusName.StartsWith("CUDA_", StringComparison.Ordinal);

    // After these every call on the context fails: uncorrectable memory and link errors, a context that is gone,
    // and faults of a kernel (illegal address, hung launch, device-side assertion, and 714 to 719).
    private static bool IsLoss(int status, string statusName) =>
        IsDriverStatus(statusName) && status is 214 or 220 or 226 or 700 or 702 or 709 or 710 or (>= 714 and <= 719) or 721;
}
