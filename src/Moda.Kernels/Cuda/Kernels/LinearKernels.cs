using System.Numerics;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>
/// Linear layers. cuBLASLt does the products and, where it can, what follows them; <c>linear_epilogue</c> of <c>elementwise.cu</c> does the
/// rest. Several layers run in one launch where <see cref="GroupedLinearKernels"/> gains by it.
/// </summary>
/// <param name="elementwise"><c>elementwise.cu</c>.</param>
/// <param name="grouped">Null where the device has no products of warpgroups, or activations are float32.</param>
/// <param name="transfers">Writes weights to the device.</param>
internal sealed class LinearKernels(CudaModule elementwise, GroupedLinearKernels? grouped, TransferKernels transfers)
{
    private readonly CudaFunction linearEpilogue = elementwise.GetFunction("linear_epilogue");

    /// <summary><see cref="Device.PrepareLinear"/>.</summary>
    public CudaLinearWeights Prepare(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs)
    {
        ElementType type = queue.ActivationType;
        long weightBytes = CudaBlock.AlignLength((long)outputs * inputs * type.SizeInBytes());
        long biasBytes = CudaBlock.AlignLength(bias.Length * sizeof(float));

        // cuBLASLt reads the bias as activations are stored, the kernels here read it in float32.
        bool bothTypes = type != ElementType.Float32;
        var block = (CudaBlock)store.Allocate(weightBytes + (bothTypes ? 2 * biasBytes : biasBytes));
        transfers.Write(queue, weight, new Tensor(block, 0, new Shape(outputs, inputs), type, inputs));
        long storedBiasOffset = bothTypes ? weightBytes + biasBytes : weightBytes;
        if (!bias.IsEmpty)
        {
            queue.Transfers.Upload(MemoryMarshal.AsBytes(bias), block.Address + (ulong)weightBytes);
            if (bothTypes)
            {
                transfers.Write(queue, bias, new Tensor(block, storedBiasOffset / type.SizeInBytes(), new Shape(outputs), type, outputs));
            }
        }

        return new CudaLinearWeights(block, weightBytes, storedBiasOffset, !bias.IsEmpty, outputs, inputs);
    }

    /// <summary><see cref="Device.Linear(Tensor, LinearWeights, in Epilogue, Tensor, BatchPlan)"/>.</summary>
    public void Linear(CudaQueue queue, Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        using ContextScope scope = queue.Enter();
        var packed = (CudaLinearWeights)weights;
        if (!TryFusedProduct(queue, input, packed, epilogue, output, batch))
        {
            ProductThenEpilogue(queue, input, packed, epilogue, output, batch);
        }
    }

    /// <summary><see cref="Device.Linear(ReadOnlySpan{LinearPart}, BatchPlan)"/>, where one launch gains by it.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TryLinear(CudaQueue queue, ReadOnlySpan<LinearPart> parts, BatchPlan batch) =>
        grouped is not null && grouped.TryLinear(queue, parts, batch);

    private static bool TryFusedProduct(
        CudaQueue queue, Tensor input, CudaLinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        if (!CanFuse(epilogue, queue.ActivationType))
        {
            return false;
        }

        ulong residual = epilogue.Residual?.Address() ?? 0;
        ulong addresses = AddressBitsOf(output, batch) | (epilogue.Residual is { } added ? AddressBitsOf(added, batch) : 0);
        MatmulProblem problem = ProblemOf(queue, input, weights, addresses, batch) with
        {
            OutputType = DataType(queue.ActivationType),
            OutputStride = output.RowStride,
            ResidualStride = epilogue.Residual?.RowStride ?? 0,
            Epilogue = FusedEpilogue(epilogue.Activation.Kind, weights.HasBias),
        };
        if (queue.MatmulPlans.TryGet(problem) is not { } plan)
        {
            return false;
        }

        ulong workspace = queue.Scratch.Rent(plan.WorkspaceBytes);
        plan.Run(queue.Stream, input.Address(), weights.Weight, weights.StoredBias, output.Address(), workspace, residual);
        return true;
    }

    /// <summary>The product in float32 first, then a kernel for what follows it.</summary>
    private void ProductThenEpilogue(
        CudaQueue queue, Tensor input, CudaLinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        MatmulPlan plan = queue.MatmulPlans.Get(ProblemOf(queue, input, weights, addresses: 0, batch) with
        {
            OutputType = CudaDataType.Float32,
        });
        long workspaceBytes = CudaBlock.AlignLength(plan.WorkspaceBytes);
        ulong workspace = queue.Scratch.Rent(workspaceBytes + (output.Shape.ElementCount * sizeof(float)));
        ulong product = workspace + (ulong)workspaceBytes;
        plan.Run(queue.Stream, input.Address(), weights.Weight, bias: 0, product, workspace);

        var arguments = new KernelArguments();
        arguments.AddPointer(product).AddPointer(weights.Bias);
        arguments.AddVector(epilogue.Gate);
        arguments.Add(epilogue.Gate?.RowStride ?? 0).Add(epilogue.Gate?.Rows ?? 1);
        arguments.Add(epilogue.Gate is { } gate ? gate.BroadcastTo(output.Shape) : BroadcastKind.Same);
        arguments.AddVector(epilogue.Residual);
        arguments.Add(epilogue.Residual?.RowStride ?? 0);
        arguments.AddOutput(output);
        arguments.AddActivation(epilogue.Activation);
        queue.LaunchForElements(linearEpilogue, output.Shape.ElementCount, in arguments);
    }

    /// <summary>Whether cuBLASLt can do all that follows the product, as exactly as it is asked for.</summary>
    private static bool CanFuse(in Epilogue epilogue, ElementType type) => epilogue.Gate is null
        && (epilogue.Activation.Kind is ActivationKind.None or ActivationKind.Relu

            // Its tanh is an approximation whose error float16 rounds away.
            || (epilogue.Activation.Kind == ActivationKind.GeluTanh && type == ElementType.Float16));

    private static CublasLtEpilogue FusedEpilogue(ActivationKind activation, bool hasBias) => (activation, hasBias) switch
    {
        (ActivationKind.Relu, false) => CublasLtEpilogue.Relu,
        (ActivationKind.Relu, true) => CublasLtEpilogue.ReluBias,
        (ActivationKind.GeluTanh, false) => CublasLtEpilogue.Gelu,
        (ActivationKind.GeluTanh, true) => CublasLtEpilogue.GeluBias,
        (_, false) => CublasLtEpilogue.Default,
        (_, true) => CublasLtEpilogue.Bias,
    };

    private static MatmulProblem ProblemOf(CudaQueue queue, Tensor input, CudaLinearWeights weights, ulong addresses, BatchPlan batch) =>
        new(input.Rows, weights.Outputs, weights.Inputs)
        {
            PlannedRows = batch.Scale(input.Rows),
            ElementRows = batch.OfElement(input.Rows),
            InputType = DataType(queue.ActivationType),
            InputStride = input.RowStride,
            Alignment = CommonAlignment(addresses | AddressBitsOf(input, batch) | weights.Weight),
        };

    /// <summary>
    /// The bits of a tensor's address. Where elements are planned for, they include those of the step between rows: the choice of an
    /// algorithm must not use an alignment that only some elements have.
    /// </summary>
    private static ulong AddressBitsOf(Tensor tensor, BatchPlan batch) =>
        tensor.Address() | (batch.IsFixed ? (ulong)(tensor.RowStride * tensor.Type.SizeInBytes()) : 0);

    /// <summary>The largest power of two, up to 256, that divides every address whose bits are set.</summary>
    private static int CommonAlignment(ulong addresses) => 1 << BitOperations.TrailingZeroCount(addresses | 256);

    private static CudaDataType DataType(ElementType type) => type == ElementType.Float16 ? CudaDataType.Float16 : CudaDataType.Float32;
}
