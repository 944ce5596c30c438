using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.CublasLt;

/// <summary>A description that cuBLASLt keeps: of a product, of a matrix, or of what to look for. Lives in host memory only.</summary>
internal abstract unsafe class CublasLtDescriptor : CudaHandle
{
    /// <summary>Takes ownership of a description that was just created.</summary>
    protected CublasLtDescriptor(nint handle, CublasLtHandle owner)
        : base(handle, owner)
    {
        Owner = owner;
    }

    /// <summary>The library.</summary>
    protected CublasLtApi Api => Owner.Api;

    /// <summary>The handle it was made for.</summary>
    protected CublasLtHandle Owner { get; }

    /// <summary>Throws unless a call succeeded.</summary>
    protected void Check(int status, string call) => Api.Check(status, call, Owner.Context.Device.Label);
}

/// <summary>What is computed: types of the sums, transposes, epilogue.</summary>
internal sealed unsafe class MatmulDescriptor : CublasLtDescriptor
{
    private MatmulDescriptor(nint handle, CublasLtHandle owner)
        : base(handle, owner)
    {
    }

    /// <summary>Creates a description of a product whose alpha and beta are float32.</summary>
    public static MatmulDescriptor Create(CublasLtHandle owner, CublasComputeType computeType)
    {
        nint handle;
        owner.Api.Check(
            owner.Api.MatmulDescCreate(&handle, computeType, CudaDataType.Float32),
            "cublasLtMatmulDescCreate",
            owner.Context.Device.Label);
        return new MatmulDescriptor(handle, owner);
    }

    /// <summary>Sets an attribute of the type that it is documented with.</summary>
    public void Set<T>(MatmulDescriptorAttribute attribute, T value)
        where T : unmanaged =>
        Check(Api.MatmulDescSetAttribute(Value, attribute, &value, (nuint)sizeof(T)), "cublasLtMatmulDescSetAttribute");

    protected override int Release() => Api.MatmulDescDestroy(handle);
}

/// <summary>How a matrix lies in memory, column after column.</summary>
internal sealed unsafe class MatrixLayout : CublasLtDescriptor
{
    private MatrixLayout(nint handle, CublasLtHandle owner)
        : base(handle, owner)
    {
    }

    /// <summary>Describes a matrix.</summary>
    /// <param name="owner">The library.</param>
    /// <param name="type">Its elements.</param>
    /// <param name="rows">Elements of a column.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="leadingDimension">Elements from one column to the next.</param>
    public static MatrixLayout Create(CublasLtHandle owner, CudaDataType type, long rows, long columns, long leadingDimension)
    {
        nint handle;
        owner.Api.Check(
            owner.Api.MatrixLayoutCreate(&handle, type, (ulong)rows, (ulong)columns, leadingDimension),
            "cublasLtMatrixLayoutCreate",
            owner.Context.Device.Label);
        return new MatrixLayout(handle, owner);
    }

    /// <summary>Makes it a batch of matrices.</summary>
    /// <param name="count">How many.</param>
    /// <param name="stride">Elements from one to the next; 0 for one that all share.</param>
    public void SetBatch(int count, long stride)
    {
        Check(
            Api.MatrixLayoutSetAttribute(Value, MatrixLayoutAttribute.BatchCount, &count, sizeof(int)),
            "cublasLtMatrixLayoutSetAttribute");
        Check(
            Api.MatrixLayoutSetAttribute(Value, MatrixLayoutAttribute.StridedBatchOffset, &stride, sizeof(long)),
            "cublasLtMatrixLayoutSetAttribute");
    }

    protected override int Release() => Api.MatrixLayoutDestroy(handle);
}

/// <summary>What an algorithm may use.</summary>
internal sealed unsafe class MatmulPreference : CublasLtDescriptor
{
    private MatmulPreference(nint handle, CublasLtHandle owner)
        : base(handle, owner)
    {
    }

    /// <summary>Creates a preference.</summary>
    /// <param name="owner">The library.</param>
    /// <param name="workspaceBytes">Device memory that the algorithm may scribble in.</param>
    /// <param name="alignment">Bytes that every matrix is aligned to at least.</param>
    public static MatmulPreference Create(CublasLtHandle owner, long workspaceBytes, int alignment)
    {
        nint handle;
        owner.Api.Check(owner.Api.MatmulPreferenceCreate(&handle), "cublasLtMatmulPreferenceCreate", owner.Context.Device.Label);
        var preference = new MatmulPreference(handle, owner);
        preference.Set(MatmulPreferenceAttribute.MaximumWorkspaceBytes, (ulong)workspaceBytes);
        preference.Set(MatmulPreferenceAttribute.MinimumAlignmentA, (uint)alignment);
        preference.Set(MatmulPreferenceAttribute.MinimumAlignmentB, (uint)alignment);
        preference.Set(MatmulPreferenceAttribute.MinimumAlignmentC, (uint)alignment);
        preference.Set(MatmulPreferenceAttribute.MinimumAlignmentD, (uint)alignment);
        return preference;
    }

    protected override int Release() => Api.MatmulPreferenceDestroy(handle);

    private void Set<T>(MatmulPreferenceAttribute attribute, T value)
        where T : unmanaged =>
        Check(Api.MatmulPreferenceSetAttribute(Value, attribute, &value, (nuint)sizeof(T)), "cublasLtMatmulPreferenceSetAttribute");
}
