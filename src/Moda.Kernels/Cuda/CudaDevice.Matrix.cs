using System.Numerics;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        using ContextScope scope = context.Enter();
        var linear = (CudaLinearWeights)weights;
        if (!TryFusedProduct(input, linear, epilogue, output, batch))
        {
            ProductThenFinish(input, linear, epilogue, output, batch);
        }
    }

    private static int CommonAlignment(ulong addresses) => 1 << BitOperations.TrailingZeroCount(addresses | 256);

    private static CublasLtEpilogue FusedEpilogue(ActivationKind activation, bool hasBias) => (activation, hasBias) switch
    {
        (ActivationKind.Relu, false) => CublasLtEpilogue.Relu,
        (ActivationKind.Relu, true) => CublasLtEpilogue.ReluBias,
        (ActivationKind.GeluTanh, false) => CublasLtEpilogue.Gelu,
        (ActivationKind.GeluTanh, true) => CublasLtEpilogue.GeluBias,
        (_, false) => CublasLtEpilogue.Default,
        (_, true) => CublasLtEpilogue.Bias,
    };

    /// <summary>Whether cuBLASLt can do all that follows the product, as exactly as it is asked for.</summary>
    private bool CanFuse(in Epilogue epilogue) => epilogue.Gate is null
        && (epilogue.Activation.Kind is ActivationKind.None or ActivationKind.Relu

            // Its tanh is an approximation that float16 does not show.
            || (epilogue.Activation.Kind == ActivationKind.GeluTanh && ActivationType == ElementType.Float16));

    private bool TryFusedProduct(Tensor input, CudaLinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        if (!CanFuse(epilogue))
        {
            return false;
        }

        ulong residual = epilogue.Residual?.Address() ?? 0;
        ulong places = PlacesOf(output, batch) | (epilogue.Residual is { } added ? PlacesOf(added, batch) : 0);
        MatmulProblem problem = ProblemOf(input, weights, places, batch) with
        {
            OutputType = ActivationDataType,
            OutputStride = output.RowStride,
            ResidualStride = epilogue.Residual?.RowStride ?? 0,
            Epilogue = FusedEpilogue(epilogue.Activation.Kind, weights.HasBias),
        };
        if (matmulPlans.TryGet(problem) is not { } plan)
        {
            return false;
        }

        ulong workspace = scratch.Rent(plan.WorkspaceBytes);
        plan.Run(stream, input.Address(), weights.Weight, weights.StoredBias, output.Address(), workspace, residual);
        return true;
    }

    /// <summary>The product in float32 first, then a kernel for what follows it.</summary>
    private void ProductThenFinish(Tensor input, CudaLinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        MatmulPlan plan = matmulPlans.Get(ProblemOf(input, weights, places: 0, batch) with
        {
            OutputType = CudaDataType.Float32,
        });
        long workspaceBytes = Align(plan.WorkspaceBytes);
        ulong workspace = scratch.Rent(workspaceBytes + (output.Shape.ElementCount * sizeof(float)));
        ulong product = workspace + (ulong)workspaceBytes;
        plan.Run(stream, input.Address(), weights.Weight, bias: 0, product, workspace);

        var arguments = new KernelArguments();
        arguments.AddPointer(product).AddPointer(weights.Bias);
        AddGate(ref arguments, epilogue.Gate, output.Shape);
        arguments.AddVector(epilogue.Residual);
        arguments.Add(epilogue.Residual?.RowStride ?? 0);
        arguments.AddOutput(output);
        arguments.AddActivation(epilogue.Activation);
        LaunchForElements(kernels.Elementwise.FinishProduct, output.Shape.ElementCount, in arguments);
    }

    private CudaDataType ActivationDataType => ActivationType == ElementType.Float16 ? CudaDataType.Float16 : CudaDataType.Float32;

    private static void AddGate(ref KernelArguments arguments, in Tensor? gate, Shape output)
    {
        arguments.AddVector(gate);
        arguments.Add(gate?.RowStride ?? 0).Add(gate?.Rows ?? 1);
        arguments.Add(gate is { } present ? BroadcastOf(present, output) : BroadcastKind.Same);
    }

    /// <summary>
    /// The bits of a tensor's address. Where elements are planned for, also those of the step between rows: an algorithm must not be chosen
    /// for an alignment that a part of the tensor has with some numbers of elements only.
    /// </summary>
    private static ulong PlacesOf(Tensor tensor, BatchPlan batch) =>
        tensor.Address() | (batch.IsFixed ? (ulong)(tensor.RowStride * tensor.Type.SizeInBytes()) : 0);

    private MatmulProblem ProblemOf(Tensor input, CudaLinearWeights weights, ulong places, BatchPlan batch) =>
        new(input.Rows, weights.Outputs, weights.Inputs)
        {
            PlannedRows = batch.Scale(input.Rows),
            ElementRows = batch.OfElement(input.Rows),
            InputType = ActivationDataType,
            InputStride = input.RowStride,
            Alignment = CommonAlignment(places | PlacesOf(input, batch) | weights.Weight),
        };
}
