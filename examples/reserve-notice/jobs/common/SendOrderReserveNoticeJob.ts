import type { Job } from 'thinkq'
import { db } from '../../db.ts'
import { log } from '../../log.ts'
import { enabledOpenIds } from '../../models/admin.ts'
import { isNoticeSent, recordNoticeFailure, recordNoticeSent } from '../../models/notice.ts'
import { lockReserve, type OrderServiceReserve } from '../../models/order-service-reserve.ts'
import { sendTemplateMessage } from '../../services/official-account.ts'
import { getNewOrderNotice } from '../../services/official-account-template.ts'

interface NoticeData {
  readonly order_service_reserve_id: number
}

/** Tells every enabled admin of a new reservation. In PHP: app\common\job\SendOrderReserveNoticeJob. */
export class SendOrderReserveNoticeJob {
  async fire(job: Job, data: NoticeData): Promise<void> {
    const id = data.order_service_reserve_id ?? 0
    log.info(`发送预约通知队列,预约主键:${id},第${job.attempts}次`)

    // The transaction ends here: a row must not stay locked while a server somewhere takes its time to answer.
    const reserve = await db.transaction((tx) => lockReserve(tx, id))
    if (reserve === undefined) {
      log.info(`预约信息为空中断本次预约:${id}`)
      await job.delete()
      return
    }

    for (const openId of await enabledOpenIds(db)) {
      await this.sendOnce(reserve, openId, job.signal)
    }

    // What is not deleted is delivered again.
    await job.delete()
  }

  /** Called when the tries are used up, after the job was buried. */
  async failed(data: NoticeData, reason: Error): Promise<void> {
    log.info(`预约通知发送失败,预约主键:${data.order_service_reserve_id},原因:${reason.message}`)
    await recordNoticeFailure(db, data.order_service_reserve_id, reason.message)
  }

  /** Each notice is recorded as soon as it is sent, so that the next try sends only what is missing. */
  private async sendOnce(reserve: OrderServiceReserve, openId: string, signal: AbortSignal): Promise<void> {
    if (await isNoticeSent(db, reserve.id, openId)) return
    await sendTemplateMessage(getNewOrderNotice(reserve, openId), signal)
    await recordNoticeSent(db, reserve.id, openId)
  }
}
