/* A CUDA driver for tests on a machine with one GPU: it shows the GPU as number 1, beside a number 0 on which nothing can be made.
 *
 *   gcc -shared -fPIC -O1 -o FOLDER/libcuda.so.1 tests/second-gpu/second_gpu.c -ldl
 *   MODA_CUDA_PATH=FOLDER ./run.sh moda devices
 *
 * REAL_CUDA names the true driver where it is not libcuda.so.1 on the loader's path. Whatever passes with `--device cuda:1` here assumes
 * no device 0: every context on that fails with CUDA_ERROR_DEVICE_UNAVAILABLE, and what NVRTC and cuBLASLt do, they do in the current one.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int Result, Device;
enum { InvalidDevice = 101, DeviceUnavailable = 46, Count = 2 };

/* Functions that name no device go on to the true driver as they come: the trampolines touch no argument. */
#define PASSED(F) \
    F(cuGetErrorName) F(cuGetErrorString) F(cuInit) F(cuDriverGetVersion) F(cuCtxDestroy_v2) F(cuCtxPushCurrent_v2) F(cuCtxPopCurrent_v2) \
    F(cuCtxSynchronize) F(cuModuleLoadData) F(cuModuleUnload) F(cuModuleGetFunction) F(cuModuleGetGlobal_v2) F(cuMemGetInfo_v2) \
    F(cuMemAlloc_v2) F(cuMemFree_v2) F(cuMemHostAlloc) F(cuMemFreeHost) F(cuMemcpyHtoDAsync_v2) F(cuMemcpyDtoHAsync_v2) \
    F(cuMemcpyDtoDAsync_v2) F(cuMemsetD8Async) F(cuMemsetD32Async) F(cuStreamCreateWithPriority) F(cuStreamDestroy_v2) F(cuStreamSynchronize) \
    F(cuStreamWaitEvent) F(cuStreamBeginCapture_v2) F(cuStreamEndCapture) F(cuStreamIsCapturing) F(cuEventCreate) F(cuEventDestroy_v2) \
    F(cuEventRecord) F(cuEventQuery) F(cuEventSynchronize) F(cuEventElapsedTime) F(cuFuncGetAttribute) F(cuFuncSetAttribute) \
    F(cuOccupancyMaxActiveBlocksPerMultiprocessor) F(cuLaunchKernel) F(cuLaunchKernelEx) F(cuGraphInstantiateWithFlags) F(cuGraphLaunch) \
    F(cuGraphGetNodes) F(cuGraphDestroy) F(cuGraphExecDestroy) F(cuTensorMapEncodeTiled) F(cuTensorMapEncodeIm2col)
#define NAMING_A_DEVICE(F) \
    F(cuDeviceGetName) F(cuDeviceGetUuid_v2) F(cuDeviceGetPCIBusId) F(cuDeviceTotalMem_v2) F(cuDeviceGetAttribute) \
    F(cuDevicePrimaryCtxRetain) F(cuDevicePrimaryCtxRelease_v2) F(cuCtxCreate_v2)

#define POINTER(name) __attribute__((visibility("hidden"))) void *true_##name;
#define TRAMPOLINE(name) __asm__(".globl " #name "\n.type " #name ", @function\n" #name ": jmp *true_" #name "(%rip)\n");
#define RESOLVE(name) true_##name = find(driver, #name);
PASSED(POINTER)
PASSED(TRAMPOLINE)
NAMING_A_DEVICE(POINTER)

static void *find(void *driver, const char *name)
{
    void *function = dlsym(driver, name);
    if (function == NULL) { fprintf(stderr, "second_gpu: %s\n", dlerror()); abort(); }
    return function;
}

__attribute__((constructor)) static void load(void)
{
    const char *path = getenv("REAL_CUDA");
    void *driver = dlopen(path ? path : "libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (driver == NULL) { fprintf(stderr, "second_gpu: %s\n", dlerror()); abort(); }
    PASSED(RESOLVE)
    NAMING_A_DEVICE(RESOLVE)
}

Result cuDeviceGetCount(int *count) { *count = Count; return 0; }
Result cuDeviceGet(Device *device, int number) { *device = number; return number >= 0 && number < Count ? 0 : InvalidDevice; }

/* Both look alike, as two of one kind do, and are the one that there is; nothing can be made on number 0. */
#define CALL(name, parameters, arguments) ((Result (*) parameters)true_##name) arguments

Result cuDeviceGetName(char *name, int length, Device device) { (void)device; return CALL(cuDeviceGetName, (char *, int, Device), (name, length, 0)); }
Result cuDeviceGetUuid_v2(void *uuid, Device device) { (void)device; return CALL(cuDeviceGetUuid_v2, (void *, Device), (uuid, 0)); }
Result cuDeviceGetPCIBusId(char *id, int length, Device device) { (void)device; return CALL(cuDeviceGetPCIBusId, (char *, int, Device), (id, length, 0)); }
Result cuDeviceTotalMem_v2(size_t *bytes, Device device) { (void)device; return CALL(cuDeviceTotalMem_v2, (size_t *, Device), (bytes, 0)); }
Result cuDeviceGetAttribute(int *value, int which, Device device) { (void)device; return CALL(cuDeviceGetAttribute, (int *, int, Device), (value, which, 0)); }
Result cuDevicePrimaryCtxRetain(void **context, Device device)
{
    return device == 0 ? DeviceUnavailable : CALL(cuDevicePrimaryCtxRetain, (void **, Device), (context, 0));
}
Result cuDevicePrimaryCtxRelease_v2(Device device)
{
    return device == 0 ? DeviceUnavailable : CALL(cuDevicePrimaryCtxRelease_v2, (Device), (0));
}
Result cuCtxCreate_v2(void **context, unsigned flags, Device device)
{
    return device == 0 ? DeviceUnavailable : CALL(cuCtxCreate_v2, (void **, unsigned, Device), (context, flags, 0));
}
